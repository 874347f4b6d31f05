#pragma once

#include "base/units.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace fleeting {

/// The instant after which everything that runs for one room must stop: its `expires_at`, shared by all its streams. The owner
/// moves it by extending or shortening; ending the room moves it to the beginning of time. One of a member within a room passes
/// with the room's, or sooner. Thread-safe.
class Cutoff {
public:
    explicit Cutoff(Instant at) : at_ms_(at.time_since_epoch().count()) {}
    explicit Cutoff(std::shared_ptr<Cutoff const> room) : Cutoff(Instant::max()) { room_ = std::move(room); }

    [[nodiscard]] bool has_passed(Instant now) const { return now >= at(); }
    [[nodiscard]] Instant at() const
    {
        auto const own = Instant{Milliseconds{at_ms_.load(std::memory_order_relaxed)}};
        return room_ ? std::min(own, room_->at()) : own;
    }
    /// The room's: itself, or the one it lies within.
    [[nodiscard]] Cutoff const& room() const { return room_ ? *room_ : *this; }
    void move_to(Instant at) { at_ms_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
    void pass_now() { at_ms_.store(0, std::memory_order_relaxed); }

private:
    std::shared_ptr<Cutoff const> room_;
    std::atomic<std::int64_t> at_ms_;
};

}  // namespace fleeting
