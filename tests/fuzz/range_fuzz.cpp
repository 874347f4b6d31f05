#include "http/range.hpp"

#include <cstdint>
#include <cstdlib>

// First line: Range; second: If-Range; the rest: If-None-Match. The representation's size is the first byte's value.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    using namespace fleeting;
    if (size == 0)
        return 0;
    auto rest = std::string_view{reinterpret_cast<char const*>(bytes) + 1, size - 1};
    auto const whole = ByteCount{bytes[0]};
    auto request = http::Request{};
    request.method = http::Method::get;
    for (auto const* name : {"Range", "If-Range", "If-None-Match"}) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!line.empty())
            request.headers.add(name, line);  // a request only views its fields
    }
    auto const selected = http::select_range(request, {whole, "\"v1\""});
    if (auto const* range = std::get_if<http::ByteRange>(&selected))
        if (range->first.value > whole.value || range->count.value > whole.value - range->first.value)
            std::abort();  // never a byte that isn't there
    return 0;
}
