#pragma once

#include "base/clock.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <mutex>

namespace fleeting {

struct ReaperParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
};

struct ReaperStats {
    std::atomic<std::uint64_t> rooms_ended{0};
    std::atomic<std::uint64_t> blobs_erased{0};
    std::atomic<std::uint64_t> erase_failures{0};
};

/// Erases what has ended: rooms at their deadline, blobs from the outbox, orphans of a crash. Access is refused by the clock,
/// not by this. Sleeps until the next deadline (or at most a second, so that a clock or another node can't fool it).
class Reaper {
public:
    /// on_room_erased   told the lateness of each room's rows in milliseconds (for the metric)
    Reaper(ReaperParts parts, std::function<void(Milliseconds)> on_room_erased);

    /// The loop; returns after `stop`. Run it on one executor. Never throws, backs off after errors.
    net::awaitable<void> run(Seconds ttl_max);
    /// Wakes the loop at once: a room was closed, shortened or created with a nearer deadline. Any thread.
    void wake();
    void stop();
    [[nodiscard]] ReaperStats const& stats() const { return stats_; }

    /// One sweep: returns how much was done. For tests and for the loop.
    Task<std::size_t> sweep_rooms();
    Task<std::size_t> sweep_blobs();
    /// Erases blobs in the store that no row names and that no upload is about to name.
    Task<std::size_t> sweep_orphans();

private:
    net::awaitable<void> sleep_until_next();

    ReaperParts parts_;
    std::function<void(Milliseconds)> on_room_erased_;
    ReaperStats stats_;
    std::mutex mutex_;
    net::steady_timer* timer_ = nullptr;  ///< guarded by mutex_; lives in run()
    std::atomic<bool> stopping_{false};
    std::atomic<bool> woken_{false};
};

}  // namespace fleeting
