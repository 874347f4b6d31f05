#pragma once

#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "ports/event_bus.hpp"
#include "redis/client.hpp"
#include "redis/presence.hpp"

#include <functional>
#include <mutex>
#include <unordered_map>

namespace fleeting::redis {

struct RedisEventBusParts {
    EventBus& local;  ///< of this node's streams
    Client& client;
    Clock const& clock;
    std::function<void(RoomId, Event)> on_event;  ///< something happened on another node; the client's thread
};

/// `EventBus` over several nodes: this node's own at once, the others' by Redis' pub/sub. What is lost on the way is found by
/// looking at the rooms (`catch_up`). Messages are sealed: who reads Redis learns nothing of them, who writes to it can't make
/// one. Thread-safe.
class RedisEventBus final : public EventBus {
public:
    /// key   256 bits, the same on every node
    RedisEventBus(RedisEventBusParts parts, crypto::HmacKey const& key);

    void publish(RoomId room, Event event) override;
    Task<std::unique_ptr<Subscription>> subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after) override;
    [[nodiscard]] std::vector<TokenHash> present(RoomId room) const override;
    void catch_up(RoomId room, std::uint64_t version) override { parts_.local.catch_up(room, version); }
    void forget(RoomId room) override { parts_.local.forget(room); }

    /// For the client: what was heard on the channel …
    void hear(std::string const& message);
    /// … and time to tell the others who is present here, and to forget nodes that are silent.
    void beat();

private:
    class Stream;

    void enter(RoomId room);
    void leave(RoomId room);
    void tell_presence(RoomId room);
    void tell(PeerMessage message);
    void take(NodeId from, std::vector<RoomPresence> told);
    [[nodiscard]] RoomPresence presence_here(RoomId room) const;
    [[nodiscard]] std::vector<RoomId> rooms_here() const;

    RedisEventBusParts parts_;
    crypto::HmacKey key_;
    NodeId self_;
    Presence presence_;
    unsigned beats_ = 0;
    mutable std::mutex mutex_;
    std::unordered_map<RoomId, std::size_t> streams_;  ///< open ones on this node
};

}  // namespace fleeting::redis
