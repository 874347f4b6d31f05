#pragma once

#include "base/clock.hpp"
#include "ports/metadata_store.hpp"

#include <atomic>

namespace fleeting {

/// Holds this node's clock against the database's, which all nodes share: links and deadlines are instants, and mean the same on
/// each node only where the clocks agree. Thread-safe.
class ClockGuard {
public:
    /// How far off a clock may be.
    static constexpr auto kTolerance = Milliseconds{2'000};

    ClockGuard(SettingsStore& store, Clock const& clock) : store_(store), clock_(clock) {}

    /// Compares once, half of the way there and back discounted. errors: unavailable (the database; what was known stays)
    Task<> compare();
    /// errors    unavailable: the clock was off when it was compared last; the detail says what to do
    [[nodiscard]] Result<> check() const;
    /// Now; where this clock is off, by it or by the database's, whichever is earlier: what ended by that is over for every node.
    [[nodiscard]] Instant earliest() const;
    /// The same, whichever is later.
    [[nodiscard]] Instant latest() const;
    /// Ahead of the database's, by less than nothing where behind.
    [[nodiscard]] Milliseconds offset() const { return Milliseconds{offset_ms_.load()}; }

private:
    SettingsStore& store_;
    Clock const& clock_;
    std::atomic<std::int64_t> offset_ms_{0};
    std::atomic<bool> is_off_{false};
};

}  // namespace fleeting
