#include "domain/sizes.hpp"

#include <charconv>

namespace fleeting {

Result<ByteCount> parse_size(std::string_view text, std::string field)
{
    auto value = std::uint64_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > kMaxSize)
        return fail_field(Errc::invalid_request, std::move(field), "not a size");
    return ByteCount{value};
}

}  // namespace fleeting
