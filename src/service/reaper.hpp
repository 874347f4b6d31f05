#pragma once

#include "async/signal.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/clock_guard.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"
#include "service/tombstones.hpp"

#include <atomic>
#include <functional>

namespace fleeting {

struct ReaperParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    ClockGuard const& clock_guard;
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
    Tombstones& tombstones;
};

struct ReaperStats {
    std::atomic<std::uint64_t> sweeps{0};
    std::atomic<std::uint64_t> rooms_ended{0};
    std::atomic<std::uint64_t> blobs_erased{0};
    std::atomic<std::uint64_t> erase_failures{0};
};

/// Erases what has ended: rooms at their deadline, and beside that blobs from the outbox and orphans of a crash. Access is
/// refused by the clock, not by this. Sleeps until the next deadline (or at most a second, so that a clock or another node can't
/// fool it). Goes by the earlier of this node's clock and the database's: no room ends while it is alive on another node.
class Reaper {
public:
    /// on_room_erased   told the lateness of each room's rows in milliseconds (for the metric)
    Reaper(ReaperParts parts, std::function<void(Milliseconds)> on_room_erased);

    /// Two loops, of rooms and of blobs; they end after `stop`. Run it on an executor of one thread. Never throws, backs off
    /// after errors.
    net::awaitable<void> run(Seconds ttl_max);
    /// Wakes the loop at once: a deadline came nearer, or there is something to erase. Any thread.
    void wake();
    void stop();
    [[nodiscard]] ReaperStats const& stats() const { return stats_; }

    /// Ends every room whose time is up, in batches, and notes that rows are gone. Returns how many.
    Task<std::size_t> sweep_rooms();
    /// Erases what the outbox says is due, and notes which rooms have no bytes left. Returns how many blobs.
    Task<std::size_t> sweep_blobs();
    /// Erases blobs that no row names (a crash between two steps), and that none is about to name.
    Task<std::size_t> sweep_orphans();

private:
    struct Late;

    net::awaitable<void> run_blobs();
    Task<> sweep_bytes(Instant& orphans_due);
    Task<> erase_due_keys();
    net::awaitable<void> erase_keys_left(std::vector<EndedRoom> const& ended);
    Task<std::size_t> end_due_rooms(Late& late);
    Task<> sweep_keys();
    Task<> erase(std::vector<Purge> purges);
    [[nodiscard]] bool is_young(BlobKey const& key) const;
    net::awaitable<void> sleep(bool failed, std::uint64_t seen);

    ReaperParts parts_;
    std::function<void(Milliseconds)> on_room_erased_;
    ReaperStats stats_;
    Instant looked_at_{};          ///< the instant up to which the last sweep ended rooms
    bool is_ending_ = false;       ///< more rooms may be about to follow
    bool are_keys_going_ = false;  ///< of rooms whose rows go next: till then they have files without one
    std::atomic<bool> stopping_{false};
    Signal woken_;
    Signal has_purges_;
};

}  // namespace fleeting
