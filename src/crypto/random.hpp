#pragma once

#include "base/units.hpp"

#include <cstdint>

namespace fleeting::crypto {

/// Prepares the library. Once, before anything else here; stops the program where the system has no randomness.
void set_up();

/// Fills `out` from getrandom(2).
void fill_random(MutableBytes out);

/// Uniform in [0, bound); `bound` at least 1.
std::uint32_t random_below(std::uint32_t bound);

/// A fresh random id or token.
template <class Id>
Id random_id()
{
    auto id = Id{};
    fill_random(id.mutable_bytes());
    return id;
}

}  // namespace fleeting::crypto
