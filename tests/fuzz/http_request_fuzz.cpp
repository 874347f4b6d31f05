// A request's head, and everything that is read out of one before a handler sees it.

#include "http/cookies.hpp"
#include "http/head_parser.hpp"
#include "http/proxies.hpp"
#include "http/range.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <cstdlib>

namespace http = fleeting::http;

namespace {

void must(bool holds)
{
    if (!holds)
        std::abort();
}

/// What is accepted has exactly one framing and one host.
void check_framing(http::RequestHead const& head)
{
    must(!head.host.empty());
    must(!head.is_chunked || head.content_length == 0);
}

/// A range that is served lies within the file.
void check_range(http::Request& request)
{
    auto const representation = http::Representation{fleeting::ByteCount{1'000}, "\"etag\""};
    auto const selected = http::select_range(request, representation);
    if (auto const* range = std::get_if<http::ByteRange>(&selected))
        must(range->count.value <= 1'000 && range->first.value <= 1'000 - range->count.value);
}

void read_fields(http::RequestHead&& head)
{
    static auto const settings = [] {
        auto made = http::ServerSettings{};
        made.trusted_proxies = {*fleeting::parse_address_range("127.0.0.0/8"), *fleeting::parse_address_range("10.0.0.0/8")};
        return made;
    }();
    auto request = http::Request{};
    request.method = head.method;
    request.host = head.host;
    request.headers = std::move(head.headers);
    if (!http::parse_path(request, head.path, head.query, ""))
        return;
    http::apply_proxy(request, fleeting::net::ip::make_address("127.0.0.1"), settings);
    static_cast<void>(http::cookies_of(request));
    check_range(request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto const scan = http::find_head_end(text, 0);
    if (scan.end != http::HeadEnd::complete)
        return 0;
    auto head = http::parse_head(text.substr(0, scan.size));
    if (!head)
        return 0;
    check_framing(*head);
    read_fields(*std::move(head));
    return 0;
}
