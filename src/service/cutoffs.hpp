#pragma once

#include "base/cutoff.hpp"
#include "base/ids.hpp"
#include "domain/room.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace fleeting {

/// The one `Cutoff` of each room that somebody uses now, and a bounded memory of rooms this process saw end, so that a member
/// who comes back is told so. Thread-safe (locks internally).
class Cutoffs {
public:
    /// The room's cutoff, made on demand and moved to the room's `expires_at`.
    std::shared_ptr<Cutoff const> of(Room const& room);
    /// The owner moved the deadline.
    void move(Room const& room);
    /// The room has ended: everything that runs for it stops within a second.
    void end(RoomId room, Instant ended_at);
    /// Remembers which room a session was in, for `ended_session` later.
    void remember(TokenHash session, RoomId room);
    /// Whether this session belonged to a room that ended while this process ran.
    [[nodiscard]] bool ended_session(TokenHash session) const;

private:
    struct Live {
        std::shared_ptr<Cutoff> cutoff;
        std::uint64_t version = 0;
        void take(Room const& room);
    };

    mutable std::mutex mutex_;
    std::unordered_map<RoomId, Live> live_;
    std::unordered_map<TokenHash, RoomId> sessions_;
    std::deque<TokenHash> session_order_;
    std::unordered_map<RoomId, Instant> ended_;
    std::deque<RoomId> ended_order_;
};

}  // namespace fleeting
