#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fleeting {

/// An address of either family, as IPv6 has it: `::ffff:192.0.2.1`.
using AddressBytes = std::array<std::byte, 16>;
/// Nothing where that is no address.
std::optional<AddressBytes> to_address_bytes(std::string_view text);

/// A network: addresses that begin alike. Of IPv4 the prefix counts from 96.
struct AddressRange {
    AddressBytes first{};
    unsigned prefix = 128;

    [[nodiscard]] bool has(AddressBytes const& address) const;
    /// Whether it lies in IPv4.
    [[nodiscard]] bool is_v4() const;
    /// The /24 that it lies in, of IPv6 the /48, or itself where it isn't narrower: says no more than a neighbourhood.
    [[nodiscard]] AddressRange neighbourhood() const;
    /// In its one spelling: `192.0.2.0/24`, `2001:db8::/33`.
    [[nodiscard]] std::string text() const;
};

/// An address, or a CIDR of which bits behind the prefix are cleared. Nothing where that is neither.
std::optional<AddressRange> parse_address_range(std::string_view text);

}  // namespace fleeting
