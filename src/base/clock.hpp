#pragma once

#include "base/units.hpp"

#include <atomic>

namespace fleeting {

/// Tells the time to everything that decides by it. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
};

/// UTC as it was when the process started, plus CLOCK_BOOTTIME since: a step of the wall clock can neither stretch nor cut a
/// room's life, and time spent suspended counts.
class SystemClock final : public Clock {
public:
    SystemClock();
    [[nodiscard]] Instant now() const override;

private:
    Instant wall_at_start_;
    Milliseconds boot_at_start_;
};

/// Time that a test moves.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start = Instant{Milliseconds{1'700'000'000'000}}) : now_ms_(start.time_since_epoch().count()) {}
    [[nodiscard]] Instant now() const override { return Instant{Milliseconds{now_ms_.load()}}; }
    void advance(Milliseconds by) { now_ms_ += by.count(); }
    void set(Instant to) { now_ms_ = to.time_since_epoch().count(); }

private:
    std::atomic<std::int64_t> now_ms_;
};

}  // namespace fleeting
