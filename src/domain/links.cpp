#include "domain/links.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <charconv>

namespace fleeting {
namespace {

void append_part(std::string& out, std::string_view part)
{
    out += static_cast<char>(part.size());
    out += part;
}

std::string_view text_of(Bytes bytes)
{
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Decimal without sign or leading zero.
template <class T>
bool parse_canonical(std::string_view text, T& out)
{
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && text == std::to_string(out) && out >= 0;
}

}  // namespace

std::string link_mac_input(LinkClaim const& claim)
{
    auto input = std::string{};
    input.reserve(160);
    append_part(input, "fleeting-link-1");
    append_part(input, "file");
    append_part(input, text_of(claim.room.bytes()));
    append_part(input, text_of(claim.file.bytes()));
    append_part(input, text_of(claim.blob.bytes()));
    append_part(input, std::to_string(claim.expires_at.time_since_epoch().count()));
    append_part(input, text_of(claim.binding.bytes()));
    return input;
}

std::string to_link_path(SignedLink const& link)
{
    return "/d/" + link.file.hex() + "?e=" + std::to_string(link.expires_at.time_since_epoch().count()) +
           "&k=" + std::to_string(link.key_id) + "&s=" + to_base64url(link.mac);
}

Result<ParsedLink> parse_link(std::string_view file, std::string_view e, std::string_view k, std::string_view s)
{
    auto link = ParsedLink{};
    auto expires_at_ms = std::int64_t{0};
    auto const id = FileId::parse(file);
    auto const mac = parse_base64url(s);
    if (!id || !parse_canonical(e, expires_at_ms) || !parse_canonical(k, link.key_id) || !mac || mac->size() != link.mac.size())
        return fail(Errc::link_invalid, "malformed");
    link.file = *id;
    link.expires_at = Instant{Milliseconds{expires_at_ms}};
    std::ranges::copy(*mac, link.mac.begin());
    return link;
}

}  // namespace fleeting
