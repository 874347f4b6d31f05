#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fleeting {

using Bytes = std::span<std::byte const>;
using MutableBytes = std::span<std::byte>;

/// Sizes never exceed what JSON's numbers hold exactly.
inline constexpr std::uint64_t kMaxSize = (std::uint64_t{1} << 53) - 1;

/// How many bytes. Never negative; not an offset.
struct ByteCount {
    std::uint64_t value = 0;
    friend auto operator<=>(ByteCount, ByteCount) = default;
    friend ByteCount operator+(ByteCount a, ByteCount b) { return {a.value + b.value}; }
    friend ByteCount operator-(ByteCount a, ByteCount b) { return {a.value - b.value}; }
};

/// A position in bytes from the start of a blob.
struct ByteOffset {
    std::uint64_t value = 0;
    friend auto operator<=>(ByteOffset, ByteOffset) = default;
    friend ByteOffset operator+(ByteOffset at, ByteCount n) { return {at.value + n.value}; }
    friend ByteCount operator-(ByteOffset end, ByteOffset begin) { return {end.value - begin.value}; }
};

namespace literals {
consteval ByteCount operator""_B(unsigned long long n)
{
    return {n};
}
consteval ByteCount operator""_KiB(unsigned long long n)
{
    return {n << 10};
}
consteval ByteCount operator""_MiB(unsigned long long n)
{
    return {n << 20};
}
consteval ByteCount operator""_GiB(unsigned long long n)
{
    return {n << 30};
}
}  // namespace literals

using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// An instant in UTC, to the millisecond: what rooms, links and rows carry.
using Instant = std::chrono::sys_time<Milliseconds>;

/// An instant of the steady clock: what waits on this machine carry.
using Deadline = std::chrono::steady_clock::time_point;

}  // namespace fleeting
