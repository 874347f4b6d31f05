#include "domain/block.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace fleeting {
namespace {

constexpr auto kMapped = std::size_t{12};  // bytes before those of IPv4
constexpr auto kLeastV4 = 8U;
constexpr auto kLeastV6 = 16U;
constexpr auto kMostText = std::size_t{64};

std::unexpected<Error> refused(std::string why)
{
    return fail_field(Errc::invalid_request, "block", std::move(why));
}

/// An address's bytes, and how many bits of them are the family's own.
struct Address {
    AddressBytes bytes{};
    unsigned bits = 0;
};

std::optional<Address> parse_address(std::string_view text)
{
    if (text.size() > kMostText)
        return std::nullopt;
    auto const copy = std::string{text};
    auto address = Address{};
    if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data() + kMapped) == 1) {
        address.bytes[10] = address.bytes[11] = std::byte{0xFF};
        address.bits = 32;
        return address;
    }
    address.bits = 128;
    return ::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1 ? std::optional{address} : std::nullopt;
}

/// Whether the first `bits` of both are the same.
bool begin_alike(AddressBytes const& a, AddressBytes const& b, unsigned bits)
{
    auto const whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin()))
        return false;
    auto const mask = static_cast<std::byte>(0xFF00U >> bits % 8);
    return bits % 8 == 0 || (a[whole] & mask) == (b[whole] & mask);
}

void clear_behind(AddressBytes& bytes, unsigned bits)
{
    for (auto i = bits; i < 128; ++i)
        bytes[i / 8] &= ~static_cast<std::byte>(0x80U >> i % 8);
}

/// Whether it has much of IPv4 in it, by IPv6's spelling.
bool covers_much_of_v4(AddressRange const& range)
{
    auto mapped = AddressBytes{};
    mapped[10] = mapped[11] = std::byte{0xFF};
    return range.prefix < 96 + kLeastV4 && begin_alike(range.first, mapped, std::min(range.prefix, 96U));
}

std::string spelling_of(AddressRange const& range, unsigned bits)
{
    auto text = std::array<char, INET6_ADDRSTRLEN>{};
    auto const is_v4 = bits == 32;
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, range.first.data() + (is_v4 ? kMapped : 0), text.data(), text.size());
    return text.data() + ("/" + std::to_string(range.prefix - (128 - bits)));
}

Result<Block> parse_range(std::string_view text)
{
    auto const slash = text.find('/');
    auto const address = parse_address(text.substr(0, slash));
    if (!address)
        return refused("neither a SHA-256 in hex nor an address or CIDR");
    auto prefix = address->bits;
    if (slash != std::string_view::npos) {
        auto const digits = text.substr(slash + 1);
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size() || prefix > address->bits)
            return refused("no such prefix length");
    }
    auto range = AddressRange{address->bytes, prefix + 128 - address->bits};
    clear_behind(range.first, range.prefix);
    if (range.prefix < kLeastV6 || covers_much_of_v4(range))
        return refused("a range of more than a /8, of IPv6 more than a /16");
    return Block{spelling_of(range, address->bits), {}, range, {}};
}

}  // namespace

std::optional<AddressBytes> to_address_bytes(std::string_view text)
{
    auto const parsed = parse_address(text);
    return parsed ? std::optional{parsed->bytes} : std::nullopt;
}

bool AddressRange::has(AddressBytes const& address) const
{
    return begin_alike(address, first, prefix);
}

Result<Block> parse_block(std::string_view text)
{
    auto lower = std::string{text};
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (auto const digest = Sha256::parse(lower))
        return Block{lower, *digest, {}, {}};
    return parse_range(lower);
}

}  // namespace fleeting
