#include "http/head_parser.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto const scan = fleeting::http::find_head_end(text, 0);
    if (scan.end != fleeting::http::HeadEnd::complete)
        return 0;
    auto const head = fleeting::http::parse_head(text.substr(0, scan.size));
    // What is accepted has exactly one framing and one host.
    if (head && (head->host.empty() || (head->is_chunked && head->content_length != 0)))
        std::abort();
    return 0;
}
