#pragma once

#include "base/units.hpp"

#include <vector>

namespace fleeting {

/// Appends an unsigned number, lowest byte first.
template <class T>
void append_little_endian(std::vector<std::byte>& out, T value)
{
    for (auto i = std::size_t{0}; i < sizeof value; ++i)
        out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

/// Takes an unsigned number off the front of `in`, which must hold it.
template <class T>
T take_little_endian(Bytes& in)
{
    auto value = std::uint64_t{0};
    for (auto i = std::size_t{0}; i < sizeof(T); ++i)
        value |= std::to_integer<std::uint64_t>(in[i]) << (8 * i);
    in = in.subspan(sizeof(T));
    return static_cast<T>(value);
}

}  // namespace fleeting
