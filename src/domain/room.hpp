#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace fleeting {

/// A room as its row holds it.
struct Room {
    RoomId id;
    std::string name_key;       ///< NFKC case fold of the name; unique among live rooms
    std::string display_name;   ///< as typed (NFC)
    std::string password_hash;  ///< Argon2id, PHC string
    Instant created_at;
    Instant expires_at;
    std::uint64_t version = 1;  ///< grows by one with each change; the event id
    bool uploads_locked = false;
    ByteCount used;  ///< reserved by files, complete or not
    ByteCount size_limit;
    ByteCount file_size_limit;
    std::uint32_t file_count = 0;
    std::uint32_t file_count_limit = 0;
    bool door_locked = false;  ///< nobody new gets in
    OpenerId opener;           ///< keyed hash of the network it was opened from: for the limit on rooms alive at once

    [[nodiscard]] bool has_ended(Instant now) const { return now >= expires_at; }
};

/// Why one file more has no place in a live room: what the update that reserves it found, and couldn't say.
inline Error refusal_of(Room const& room)
{
    if (room.uploads_locked)
        return Error{Errc::uploads_locked, "locked by the owner", {}, 0};
    if (room.file_count >= room.file_count_limit)
        return Error{Errc::too_many_files, "file quota", {}, 0};
    return Error{Errc::room_full, "byte quota", {}, 0};
}

enum class EndReason : std::uint8_t { expired = 0, closed = 1 };

enum class Role : std::uint8_t { member = 0, owner = 1 };

/// A member's standing in one room, from its password until the room's end or until they leave. Bound to the room's **id**.
struct Session {
    TokenHash id;  ///< SHA-256 of the token; for HTTP Basic derived from room and user name
    RoomId room_id;
    Role role = Role::member;
    std::string nickname;
    Instant created_at;
};

/// What the owner may change. Absent = stays.
struct RoomChange {
    std::optional<Instant> expires_at{};
    std::optional<bool> uploads_locked{};
    std::optional<bool> door_locked{};
    std::optional<std::string> password_hash{};
};

/// Bounds a deployment sets; told to the page before it needs them.
struct RoomLimits {
    Seconds ttl_default{30 * 60};
    Seconds ttl_min{60};
    Seconds ttl_max{24 * 60 * 60};
    ByteCount file_size{5ULL << 30};
    ByteCount room_size{20ULL << 30};
    std::uint32_t file_count = 1000;
    std::uint32_t member_count = 1000;
};

}  // namespace fleeting
