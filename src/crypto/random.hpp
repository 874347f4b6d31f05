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

/// A fresh id that sorts by its time: 48 bits of milliseconds (as in a UUIDv7, RFC 9562), the rest random. Rows made together
/// then stand together in every index of theirs. For what also needs a session to be of use.
template <class Id>
Id ordered_id(Instant now)
{
    auto id = random_id<Id>();
    auto const ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
    for (auto i = 0U; i < 6; ++i)
        id.raw[i] = static_cast<std::byte>(ms >> (40 - 8 * i));
    return id;
}

/// When `ordered_id` made it.
template <class Id>
Instant made_at(Id const& id)
{
    auto ms = std::uint64_t{0};
    for (auto i = 0U; i < 6; ++i)
        ms = ms << 8 | std::to_integer<std::uint64_t>(id.raw[i]);
    return Instant{Milliseconds{ms}};
}

}  // namespace fleeting::crypto
