#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fleeting {

enum class ChecksumKind : std::uint8_t { crc32, sha1, sha256, sha512 };

/// tus's and RFC 9530's spelling of it: `sha1`, `sha256`, `crc32`; `sha-256`, `sha-512`, `sha`. Nothing for one we don't compute.
std::optional<ChecksumKind> checksum_kind_of(std::string_view name);

/// Bytes of a value of that kind.
std::size_t size_of(ChecksumKind kind);

/// What a client says that its bytes come to.
struct StatedChecksum {
    ChecksumKind kind = ChecksumKind::sha256;
    std::vector<std::byte> value;  ///< CRC-32: 4 bytes, highest first
};

}  // namespace fleeting
