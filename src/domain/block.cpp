#include "domain/block.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// A /8 of IPv4, and a /16 of IPv6.
constexpr auto kLeastV4 = 96U + 8U;
constexpr auto kLeastV6 = 16U;

std::unexpected<Error> refused(std::string why)
{
    return fail_field(Errc::invalid_request, "block", std::move(why));
}

/// Whether it is a /7 of IPv4 or more of it, in either spelling.
bool covers_much_of_v4(AddressRange const& range)
{
    static auto const all_of_v4 = *parse_address_range("0.0.0.0/0");
    return range.prefix < kLeastV4 && (range.is_v4() || range.has(all_of_v4.first));
}

Result<Block> parse_range(std::string_view text)
{
    auto const range = parse_address_range(text);
    if (!range)
        return refused("neither a SHA-256 in hex nor an address or CIDR");
    if (range->prefix < kLeastV6 || covers_much_of_v4(*range))
        return refused("a range of more than a /8, of IPv6 more than a /16");
    return Block{range->text(), {}, range, {}};
}

}  // namespace

Result<Block> parse_block(std::string_view text)
{
    auto lower = std::string{text};
    std::ranges::transform(lower, lower.begin(), ascii_lower);
    if (auto const digest = Sha256::parse(lower))
        return Block{lower, *digest, {}, {}};
    return parse_range(lower);
}

}  // namespace fleeting
