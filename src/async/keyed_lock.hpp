#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <functional>
#include <memory>
#include <string>

namespace fleeting {

/// Mutual exclusion by key across threads, for coroutines: one PATCH an upload at a time. Thread-safe.
class KeyedLock {
public:
    /// Held while it lives. Move-only.
    class Guard {
    public:
        Guard() = default;
        Guard(Guard&&) noexcept = default;
        Guard& operator=(Guard&&) noexcept = default;

    private:
        friend class KeyedLock;
        std::shared_ptr<void> release_;
    };

    KeyedLock();
    ~KeyedLock();

    /// Waits until `key` is free, asking its holder to give it up first.
    ///
    /// on_asked  called (on any thread, at most once) when a later caller wants the key: cancel what you do
    /// errors    upload_busy after `patience`
    Task<Guard> acquire(std::string key, std::function<void()> on_asked, Milliseconds patience);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace fleeting
