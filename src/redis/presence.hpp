#pragma once

#include "redis/peer_message.hpp"

#include <mutex>
#include <unordered_map>

namespace fleeting::redis {

/// Who is present on other nodes, as far as these have told lately: a node that crashed is forgotten within seconds. Thread-safe.
class Presence {
public:
    /// How long a node may be silent.
    static constexpr auto kPatience = Milliseconds{5'000};

    /// Takes what a node told of one room. Returns whether somebody came or went.
    bool hear(NodeId from, RoomPresence told, Instant now);
    /// Forgets what nodes told that have been silent since. Returns the rooms that somebody left by it.
    std::vector<RoomId> forget_silent(Instant now);
    [[nodiscard]] std::vector<TokenHash> of(RoomId room) const;

private:
    struct Told {
        std::vector<TokenHash> sessions;
        Instant at;
    };

    mutable std::mutex mutex_;
    std::unordered_map<RoomId, std::unordered_map<NodeId, Told>> rooms_;
};

}  // namespace fleeting::redis
