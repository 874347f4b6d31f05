#pragma once

#include "domain/events.hpp"

#include <variant>
#include <vector>

namespace fleeting::redis {

using NodeId = FixedBytes<struct NodeIdTag, 16>;  ///< of one run of one node

/// What happened in a room.
struct RoomEvent {
    RoomId room;
    Event event;
};

/// All who are present in a room on the sender's node; none: nobody any more.
struct RoomPresence {
    RoomId room;
    std::vector<TokenHash> sessions;
};

/// What one node tells the others.
struct PeerMessage {
    NodeId from;
    Instant sent_at;
    std::variant<RoomEvent, std::vector<RoomPresence>> what;
};

/// The longest message; what doesn't fit isn't told, and found by looking at the room's version.
inline constexpr auto kMostMessageBytes = std::size_t{64} << 10;
/// As many sessions as fit by far.
inline constexpr auto kMostSessionsTold = std::size_t{1000};

/// The message's bytes. Layout in docs/adr/0015-redis.md. Passwords' hashes, openers, blob keys and what else no page is told
/// stay behind. `EventsMissed` is each node's own.
std::vector<std::byte> to_bytes(PeerMessage const& message);
/// Accepts exactly what `to_bytes` writes. errors: invalid_request
Result<PeerMessage> parse_peer_message(Bytes bytes);

}  // namespace fleeting::redis
