#include "base/address_range.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace fleeting {
namespace {

constexpr auto kMapped = std::size_t{12};  // bytes before those of IPv4
constexpr auto kMappedBits = 96U;
constexpr auto kMostText = std::size_t{64};

constexpr AddressBytes mapped_prefix()
{
    auto bytes = AddressBytes{};
    bytes[10] = bytes[11] = std::byte{0xFF};
    return bytes;
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
    auto address = Address{mapped_prefix(), 32};
    if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data() + kMapped) == 1)
        return address;
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

bool AddressRange::is_v4() const
{
    return prefix >= kMappedBits && begin_alike(first, mapped_prefix(), kMappedBits);
}

AddressRange AddressRange::neighbourhood() const
{
    auto around = AddressRange{first, std::min(prefix, is_v4() ? kMappedBits + 24U : 48U)};
    clear_behind(around.first, around.prefix);
    return around;
}

std::string AddressRange::text() const
{
    auto text = std::array<char, INET6_ADDRSTRLEN>{};
    ::inet_ntop(is_v4() ? AF_INET : AF_INET6, first.data() + (is_v4() ? kMapped : 0), text.data(), text.size());
    return text.data() + ("/" + std::to_string(prefix - (is_v4() ? kMappedBits : 0)));
}

std::optional<AddressRange> parse_address_range(std::string_view text)
{
    auto const slash = text.find('/');
    auto const address = parse_address(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    auto prefix = address->bits;
    if (slash != std::string_view::npos) {
        auto const digits = text.substr(slash + 1);
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc{} || end != digits.data() + digits.size() || prefix > address->bits)
            return std::nullopt;
    }
    auto range = AddressRange{address->bytes, prefix + 128 - address->bits};
    clear_behind(range.first, range.prefix);
    return range;
}

}  // namespace fleeting
