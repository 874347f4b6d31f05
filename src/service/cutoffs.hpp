#pragma once

#include "base/cutoff.hpp"
#include "base/ids.hpp"
#include "domain/room.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace fleeting {

/// The one `Cutoff` of each room that somebody uses now and of each member in it, and a bounded memory of rooms this process saw
/// end, for who read their rows just before. Thread-safe (locks internally).
class Cutoffs {
public:
    /// The room's cutoff, made on demand and moved to the room's `expires_at`.
    std::shared_ptr<Cutoff const> of(Room const& room);
    /// That of a member, which lies `within` the room's. Of one who was removed it stays passed.
    std::shared_ptr<Cutoff const> of_member(RoomId room, TokenHash session, std::shared_ptr<Cutoff const> within);
    /// The member was removed: everything that runs for them stops within a second.
    void end_member(RoomId room, TokenHash session);
    /// The member showed the password again: that they were removed is forgotten.
    void let_in(RoomId room, TokenHash session);
    /// The owner moved the deadline.
    void move(Room const& room);
    /// The room has ended: everything that runs for it stops within a second.
    void end(RoomId room);
    /// Rooms whose cutoff, or a member's, somebody holds: something runs for them.
    [[nodiscard]] std::vector<RoomId> rooms_in_use() const;
    /// Rooms that were used and that nobody said has ended.
    [[nodiscard]] std::vector<RoomId> rooms() const;
    /// Whether `of_member` or `end_member` was asked of this one.
    [[nodiscard]] bool has_member(RoomId room, TokenHash session) const;
    /// Where it is one of them.
    [[nodiscard]] std::optional<Instant> deadline_of(RoomId room) const;
    /// Members of a room that were seen here and aren't removed.
    [[nodiscard]] std::vector<TokenHash> members_of(RoomId room) const;

private:
    struct Live {
        std::shared_ptr<Cutoff> cutoff;
        std::uint64_t version = 0;
        std::unordered_map<TokenHash, std::shared_ptr<Cutoff>> members;
        void take(Room const& room);
        [[nodiscard]] bool is_in_use() const;
    };

    mutable std::mutex mutex_;
    std::unordered_map<RoomId, Live> live_;
    std::unordered_set<RoomId> ended_;
    std::deque<RoomId> ended_order_;
};

}  // namespace fleeting
