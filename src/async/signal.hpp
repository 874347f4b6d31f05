#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace fleeting {

/// Wakes every coroutine that waits for something to change. Thread-safe.
class Signal {
public:
    Signal();
    ~Signal();
    Signal(Signal const&) = delete;
    Signal& operator=(Signal const&) = delete;

    /// How often it has been given. Read it before looking at what may change, and wait with it.
    [[nodiscard]] std::uint64_t count() const;
    /// Waits until it has been given more often than `seen`, at most for `patience`. Comes back on the caller's executor.
    net::awaitable<void> wait(std::uint64_t seen, Milliseconds patience);
    /// Any thread. Cheap where nobody waits.
    void give();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace fleeting
