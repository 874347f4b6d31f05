#pragma once

#include "ports/event_bus.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace fleeting::memory {

class MemorySubscription;

/// `EventBus` inside one process. Thread-safe; each subscription is used on its own thread.
class MemoryEventBus final : public EventBus {
public:
    /// streams_per_session   how many event streams one session may hold open
    explicit MemoryEventBus(std::size_t streams_per_session = 4) : streams_per_session_(streams_per_session) {}

    void publish(RoomId room, Event event) override;
    Task<std::unique_ptr<Subscription>> subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after) override;
    [[nodiscard]] std::vector<TokenHash> present(RoomId room) const override;
    void catch_up(RoomId room, std::uint64_t version) override;
    void forget(RoomId room) override;

private:
    friend class MemorySubscription;

    struct RoomEvents {
        std::deque<std::shared_ptr<SharedEvent const>> kept;  ///< the last versioned ones, by version
        std::vector<MemorySubscription*> subscriptions;
        std::unordered_map<TokenHash, std::size_t> streams;  ///< how many of them are of each session
    };

    void unsubscribe(RoomId room, MemorySubscription& subscription);
    static void keep(RoomEvents& events, std::shared_ptr<SharedEvent const> event);
    static bool replay(RoomEvents const& events, MemorySubscription& subscription, std::uint64_t after);

    std::size_t streams_per_session_;
    mutable std::mutex mutex_;
    std::unordered_map<RoomId, RoomEvents> rooms_;
};

}  // namespace fleeting::memory
