#pragma once

#include "async/signal.hpp"
#include "base/clock.hpp"
#include "ports/metadata_store.hpp"
#include "service/remote_changes.hpp"

#include <atomic>
#include <functional>
#include <unordered_map>

namespace fleeting {

struct RoomWatchParts {
    MetadataStore& store;
    Clock const& clock;
    EventBus& bus;  ///< of this node alone
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
    std::function<bool()> is_told;  ///< whether other nodes' events come, as far as anybody knows
};

/// Looks at the rooms that something on this node is using, in the database that several nodes share: each second where events of
/// other nodes don't come, every few seconds where they do, as some may be lost. What was missed is made up for: streams read the
/// room anew, cutoffs move, a room that isn't there any more has ended. So a change is felt here within two seconds, whatever
/// becomes of the events.
class RoomWatch {
public:
    explicit RoomWatch(RoomWatchParts parts) : parts_(std::move(parts)) {}

    /// The loop; returns after `stop`. Run it on one executor. Never throws.
    net::awaitable<void> run();
    /// Any thread.
    void stop();
    /// Has the loop look at once: something is known to have changed. Any thread.
    void look_soon();
    /// Once. `all`: also at rooms that were used here and aren't just now, so that none is remembered for ever.
    Task<> look(bool all);
    [[nodiscard]] std::uint64_t looks() const { return looks_; }

private:
    Task<std::vector<RoomMark>> read_marks(std::vector<RoomId> const& rooms);
    void end_missing(std::vector<RoomId> const& rooms, std::vector<RoomMark> const& marks);
    Task<> follow(RoomMark const& mark);
    Task<> follow_members(RoomId room);
    void forget_unseen(std::vector<RoomId> const& rooms);

    RoomWatchParts parts_;
    std::unordered_map<RoomId, RoomMark> seen_;
    std::atomic<std::uint64_t> looks_{0};
    std::atomic<bool> is_asked_{false};
    std::atomic<bool> stopping_{false};
    Signal woken_;
};

}  // namespace fleeting
