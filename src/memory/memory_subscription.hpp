#pragma once

#include "memory/memory_event_bus.hpp"

#include <functional>
#include <list>
#include <memory>
#include <set>

namespace fleeting::memory {

/// Versions counted in any order: how far there is no gap.
class GaplessVersions {
public:
    [[nodiscard]] std::uint64_t end() const { return end_; }
    void count(std::uint64_t version);
    /// Everything up to `version` counts.
    void skip_to(std::uint64_t version);

private:
    std::uint64_t end_ = 0;
    std::set<std::uint64_t> ahead_;  ///< beyond `end_`, waiting for the ones between
};

/// One open stream: a bounded queue that any thread fills and one thread empties.
class MemorySubscription final : public Subscription {
public:
    MemorySubscription(MemoryEventBus& bus, RoomId room, TokenHash session) : bus_(bus), room_(room), session_(session) {}
    ~MemorySubscription() override;

    Result<std::shared_ptr<SharedEvent const>> take() override;
    void on_news(std::function<void()> wake) override;
    [[nodiscard]] std::uint64_t seen_version() const override { return seen_.end(); }
    void skip_to(std::uint64_t version) override;
    [[nodiscard]] bool is_gapless() const override { return is_gapless_; }

    /// Any thread, under the bus's lock.
    void push(std::shared_ptr<SharedEvent const> const& event);
    /// Replay is possible: only what is newer than `version` will be handed out. Before the first `next`.
    void continue_after(std::uint64_t version)
    {
        is_gapless_ = true;
        seen_.skip_to(version);
        told_.skip_to(version);
    }
    /// Any thread, under the bus's lock. The room is at `version`: where that is more than was pushed here, `EventsMissed` is.
    void catch_up(std::uint64_t version);
    [[nodiscard]] TokenHash const& session() const { return session_; }

private:
    void merge(std::shared_ptr<SharedEvent const> const& event);
    void push_locked(std::shared_ptr<SharedEvent const> const& event);

    MemoryEventBus& bus_;
    RoomId room_;
    TokenHash session_;
    std::mutex mutex_;
    std::function<void()> wake_;
    std::list<std::shared_ptr<SharedEvent const>> queue_;  ///< which costs nothing while it is empty, as a deque would
    bool is_woken_ = false;
    bool is_dropped_ = false;
    bool is_gapless_ = false;
    GaplessVersions seen_;  ///< handed out
    GaplessVersions told_;  ///< handed out or queued
};

}  // namespace fleeting::memory
