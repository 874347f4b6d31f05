#pragma once

#include "base/units.hpp"

#include <cstdint>

namespace fleeting::crypto {

/// CRC-32 (the one of ZIP) of bytes that come one after the other.
class RunningCrc32 {
public:
    RunningCrc32() = default;
    /// Goes on from `value`, the CRC-32 of the first `offset` bytes.
    RunningCrc32(ByteOffset offset, std::uint32_t value) : offset_(offset), value_(value) {}

    void update(Bytes bytes);
    [[nodiscard]] ByteOffset offset() const { return offset_; }
    [[nodiscard]] std::uint32_t value() const { return value_; }

private:
    ByteOffset offset_;
    std::uint32_t value_ = 0;
};

/// The CRC-32 of `first` with `second` behind it, from both CRC-32s and the length of `second`.
std::uint32_t joined_crc32(std::uint32_t first, std::uint32_t second, ByteCount second_size);

}  // namespace fleeting::crypto
