#include "http/body.hpp"

#include <algorithm>
#include <memory>

namespace fleeting::http {

MutableBytes thread_scratch()
{
    constexpr auto kSize = std::size_t{256} << 10;
    thread_local auto const scratch = std::make_unique_for_overwrite<std::byte[]>(kSize);
    return {scratch.get(), kSize};
}

Task<std::string> read_all(BodyReader& body, std::size_t most)
{
    if (body.length() && body.length()->value > most)
        co_return fail(Errc::invalid_request, "body too long");
    auto text = std::string{};
    while (true) {
        CO_TRY(auto const has_more, co_await body.ready());
        if (!has_more)
            co_return text;
        auto const scratch = thread_scratch();
        CO_TRY(auto const count, body.take(scratch));
        if (text.size() + count > most)
            co_return fail(Errc::invalid_request, "body too long");
        text.append(reinterpret_cast<char const*>(scratch.data()), count);
    }
}

}  // namespace fleeting::http
