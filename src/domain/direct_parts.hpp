#pragma once

#include "base/units.hpp"

#include <cstdint>

namespace fleeting {

// How a file that goes straight to the store is cut: S3 takes at most 10,000 parts, all of one size but the last.

/// 8 MiB, or more where the file would have too many parts.
ByteCount part_size_for(ByteCount file);
/// Parts have the numbers from 1 to this.
std::uint32_t part_count_of(ByteCount file, ByteCount part);
/// Of the part with that number: the last one is what is left.
ByteCount size_of_part(ByteCount file, ByteCount part, std::uint32_t number);

}  // namespace fleeting
