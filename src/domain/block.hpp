#pragma once

#include "base/address_range.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fleeting {

/// What the operator turns away: a file's bytes, or who comes from a range of addresses. One of both is there.
struct Block {
    std::string value;  ///< in its one spelling: 64 hex digits, or `192.0.2.0/24`
    std::optional<Sha256> digest;
    std::optional<AddressRange> range;
    Instant created_at{};
};

/// Reads a SHA-256 in hex of either case, an address, or a CIDR. A range that covers much of the world is refused: it is a typing
/// mistake, and shuts everybody out.
/// errors    invalid_request (field "block")
Result<Block> parse_block(std::string_view text);

}  // namespace fleeting
