#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>

// How an encrypted blob lies in its store (ADR 19): a header, then segments of 64 KiB, each with its tag behind it, the last one
// shorter; behind a sealed one's last tag stands its seal.
//
//   header   8 bytes "FFsealed", 24 of salt, 16 that show that it is one
//   segment  up to 65,536 bytes, and, where it is full or the blob sealed, 16 of tag
//   seal     16 bytes, of the blob's length: an unfinished segment isn't taken for a last one

namespace fleeting::encrypted {

constexpr auto kSegment = std::uint64_t{64} << 10;
constexpr auto kTag = std::uint64_t{16};
constexpr auto kSlot = kSegment + kTag;
constexpr auto kHeader = std::uint64_t{48};
constexpr auto kTrailer = 2 * kTag;  ///< the last segment's tag, and the seal

/// Where byte `at` of a file lies in its blob.
inline ByteOffset stored_at(ByteOffset at)
{
    return {kHeader + at.value + kTag * (at.value / kSegment)};
}

/// How long a sealed blob of `size` bytes is.
inline ByteCount sealed_length(ByteCount size)
{
    return {stored_at({size.value}).value + kTrailer};
}

/// How many bytes a blob of `stored` that isn't sealed has surely. A full segment whose tag isn't whole was being written, so its
/// last byte, which comes with the tag, was acknowledged to nobody.
inline ByteCount length_of(ByteCount stored)
{
    if (stored.value < kHeader)
        return {};
    auto const slots = (stored.value - kHeader) / kSlot;
    auto const rest = (stored.value - kHeader) % kSlot;
    return {slots * kSegment + (rest < kSegment ? rest : kSegment - 1)};
}

/// Where the segment with byte `at` begins.
inline ByteOffset segment_begin(ByteOffset at)
{
    return {at.value - at.value % kSegment};
}

// The key of an encrypted blob says that it is, by its first bit, which no time of ours reaches, and tells the number of the key
// of its room, in bytes 6 to 9 (little-endian).

inline bool is_encrypted(BlobKey const& blob)
{
    return (blob.raw[0] & std::byte{0x80}) != std::byte{0};
}

/// `fresh` as the name of an encrypted blob.
BlobKey encrypted_name(BlobKey fresh, std::uint32_t key_number);
std::uint32_t key_number_of(BlobKey const& blob);

}  // namespace fleeting::encrypted
