#pragma once

#include "base/units.hpp"

#include <atomic>

namespace fleeting {

/// The instant after which everything that runs for one room must stop: its `expires_at`, shared by all its streams. The owner
/// moves it by extending or shortening; ending the room moves it to the beginning of time. Thread-safe.
class Cutoff {
public:
    explicit Cutoff(Instant at) : at_ms_(at.time_since_epoch().count()) {}
    [[nodiscard]] bool has_passed(Instant now) const
    {
        return now.time_since_epoch().count() >= at_ms_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] Instant at() const { return Instant{Milliseconds{at_ms_.load(std::memory_order_relaxed)}}; }
    void move_to(Instant at) { at_ms_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
    void pass_now() { at_ms_.store(0, std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> at_ms_;
};

}  // namespace fleeting
