#pragma once

#include "memory/memory_event_bus.hpp"

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <set>

namespace fleeting::memory {

/// One open stream: a bounded queue that any thread fills and one thread empties.
class MemorySubscription final : public Subscription {
public:
    MemorySubscription(MemoryEventBus& bus, RoomId room, TokenHash session, net::any_io_executor home);
    ~MemorySubscription() override;

    Task<std::optional<Event>> next(Milliseconds patience) override;
    [[nodiscard]] std::uint64_t seen_version() const override { return seen_; }
    void skip_to(std::uint64_t version) override;
    [[nodiscard]] bool is_gapless() const override { return is_gapless_; }

    /// Any thread, under the bus's lock.
    void push(Event const& event);
    /// Replay is possible: only what is newer than `version` will be handed out. Before the first `next`.
    void continue_after(std::uint64_t version)
    {
        is_gapless_ = true;
        seen_ = version;
    }
    [[nodiscard]] TokenHash const& session() const { return session_; }

private:
    /// What outlives the subscription until a posted wake-up has run.
    struct Wake {
        explicit Wake(net::any_io_executor const& home) : timer(home) {}
        net::steady_timer timer;
        std::atomic<bool> pending{false};
    };

    void merge(Event const& event);
    std::optional<Event> pop();
    void count_as_seen(std::uint64_t version);

    MemoryEventBus& bus_;
    RoomId room_;
    TokenHash session_;
    std::shared_ptr<Wake> wake_;
    std::mutex mutex_;
    std::deque<Event> queue_;
    bool is_dropped_ = false;
    bool is_gapless_ = false;
    std::uint64_t seen_ = 0;         ///< contiguous
    std::set<std::uint64_t> ahead_;  ///< handed out beyond `seen_`, waiting for the ones between
};

}  // namespace fleeting::memory
