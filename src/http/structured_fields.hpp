#pragma once

#include "base/units.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::http {

// The part of Structured Fields (RFC 9651) that uploads and digests use. A field that doesn't parse counts as absent, as the
// RFC has it, so these answer nothing instead of an error. Parameters are checked for their form and ignored.

/// `?1` or `?0`.
std::optional<bool> parse_sf_boolean(std::string_view field);
/// A whole number of 0 to 15 digits; negative ones count as absent, as no field of ours can be.
std::optional<std::uint64_t> parse_sf_size(std::string_view field);
/// A Dictionary's members that are Byte Sequences, by key; other members are skipped. The last of equal keys counts.
using ByteSequences = std::map<std::string, std::vector<std::byte>, std::less<>>;
std::optional<ByteSequences> parse_sf_byte_sequences(std::string_view field);
/// A Byte Sequence: `:…:`.
std::string to_sf_bytes(Bytes bytes);

}  // namespace fleeting::http
