#pragma once

#include "base/ids.hpp"
#include "base/units.hpp"
#include "domain/room.hpp"

#include <cstdint>
#include <optional>

namespace fleeting {

/// What is kept of a room that has ended: nothing of its name, its password, its members or what its files were called.
struct Tombstone {
    /// So long after the end members may see it.
    static constexpr auto kKept = std::chrono::hours{24};

    RoomId room;
    EndReason reason = EndReason::expired;
    Instant ended_at;                       ///< its deadline, or when it was asked to be closed
    std::uint32_t files = 0;                ///< complete ones in the room at its end
    ByteCount bytes;                        ///< of those
    std::uint32_t unfinished = 0;           ///< uploads that weren't complete at the end, erased like the rest
    std::optional<Instant> rows_erased_at;  ///< no later than then; nothing: not seen to be gone yet
    std::optional<Instant> bytes_erased_at;
};

}  // namespace fleeting
