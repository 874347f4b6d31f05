#pragma once

#include "async/blocking_pool.hpp"
#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "crypto/password.hpp"
#include "domain/room.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "ports/rate_limiter.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"
#include "service/tombstones.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fleeting {

/// What a caller presents: a session's token (cookie or Bearer), or a user name and the room's password (HTTP Basic).
struct BasicCredential {
    std::string user;
    std::string password;
};
struct Credential {
    std::vector<SessionToken> tokens;  ///< one for Bearer; for cookies each that could be this room's
    std::optional<BasicCredential> basic;
    std::string network;  ///< the caller's address as text, for limits only
};

/// The id of the session that `token` opens: only its hash is ever stored.
TokenHash session_id_of(SessionToken const& token);

/// A member who comes by HTTP Basic has no token: the same user name in the same room is the same member.
TokenHash basic_session_id(RoomId room, std::string const& user);

/// What others are told of a session's id, to tell members apart: it opens nothing.
std::string member_id(TokenHash const& session);

/// A caller found to be in a room: what every use case inside a room asks for.
struct Admission {
    Room room;
    Session session;
    std::shared_ptr<Cutoff const> cutoff;  ///< the caller's, within the room's: to cut what they start

    [[nodiscard]] bool is_owner() const { return session.role == Role::owner; }
};

/// A session as told to its new member, once.
struct NewSession {
    Room room;
    Session session;
    SessionToken token;
    std::string generated_password;  ///< only where create made it up
    KnownMark mark{};                ///< shows later that this device was in the room
};

struct CreateRoom {
    std::optional<std::string> name;
    std::optional<std::string> password;
    std::optional<Seconds> ttl;
    std::optional<std::string> nickname;
    std::string network;
};

struct JoinRoom {
    std::string name;
    std::string password;
    std::optional<std::string> nickname;
    std::string network;
    std::vector<KnownMark> marks{};  ///< those the device has of any rooms
};

struct ChangeRoom {
    std::optional<Seconds> ttl;  ///< new remaining lifetime, from now; bounded by ttl_min and created_at + ttl_max
    std::optional<bool> uploads_locked;
    std::optional<std::string> password;
    std::optional<bool> door_locked{};  ///< nobody new gets in
};

/// Limits on guessing and creating (per room, per network); raised by settings where many share one address.
struct RoomRates {
    RatePolicy join_room{10, Milliseconds{60'000}};
    RatePolicy join_known{5, Milliseconds{60'000}};  ///< devices that were in the room before, while `join_room` is used up
    RatePolicy join_network{20, Milliseconds{30'000}};
    RatePolicy create_hour{10, Milliseconds{360'000}};
    RatePolicy create_day{100, Milliseconds{864'000}};
    std::uint32_t alive = 20;  ///< rooms one network may have open at once
};

struct RoomServiceSettings {
    RoomLimits limits;
    RoomRates rates;
    crypto::PasswordCost password_cost;
    ByteCount largest_file{kMaxSize};  ///< in rooms that are open already and have a higher limit
    std::optional<crypto::Pepper> pepper{};
};

struct RoomServiceParts {
    MetadataStore& store;
    BlobStore& blobs;  ///< whose keys go when a room ends
    EventBus& bus;
    RateLimiter& limiter;
    Clock const& clock;
    BlockingPool& hash_pool;
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
    Tombstones& tombstones;
    std::function<void()> wake_reaper;  ///< a deadline came nearer, or there is something to erase
};

/// What tells those who are in that the room's password is another one.
inline std::string password_mark_of(Room const& room)
{
    return crypto::password_mark(room.password_hash);
}

/// Rooms and who is in them. Thread-safe; every function runs on the caller's thread and hops for SQL and Argon2id.
/// What is about those who are in already stands in room_members.cpp.
class RoomService {
public:
    /// master   the key that those for `Room::opener` and `KnownMark` are derived from
    RoomService(RoomServiceParts parts, RoomServiceSettings const& settings, crypto::HmacKey const& master);

    /// errors    invalid_name, invalid_password, invalid_request (ttl_seconds), name_taken, rate_limited, busy, draining
    Task<NewSession> create(CreateRoom wish);
    /// Unknown room and wrong password are the same answer after the same work. errors: not_admitted, door_locked (to who knows
    /// the password), rate_limited, busy
    Task<NewSession> join(JoinRoom wish);
    /// Finds the caller's session for the live room called `name`; checks a Basic password by Argon2id.
    /// errors    no_session (also for an unknown room), room_ended (a session of the last room of that name, for a day; told only
    /// while no other has the name), not_admitted, door_locked and too_many_members (Basic), rate_limited, busy
    Task<Admission> admit(std::string name, Credential credential);
    /// Ends what runs for the caller, too.
    Task<> leave(Admission admission);
    /// errors    forbidden, invalid_request, invalid_password
    Task<Room> change(Admission admission, ChangeRoom wish);
    /// Ends it now. errors: forbidden
    Task<> close(Admission admission);
    /// The same, by the operator. errors: not_found
    Task<> end(RoomId room);
    /// Whether `create` answers `draining` from now on. Rooms that there are go on. Any thread.
    void refuse_new(bool refuses) { refuses_new_ = refuses; }
    [[nodiscard]] bool is_refusing_new() const { return refuses_new_; }
    struct Member {
        std::string id;  ///< see `member_id`
        std::string nickname;
        Role role;
        bool present;
    };
    Task<std::vector<Member>> members(RoomId room);
    /// Takes a member's session from them and ends what runs for them. They come in again like anybody: with the password.
    /// member    as `member_id` tells it
    /// errors    forbidden (not the owner, or the owner themselves), not_found
    Task<> remove_member(Admission admission, std::string member);

    [[nodiscard]] RoomLimits const& limits() const { return settings_.limits; }

private:
    Task<Room> check_password(std::string name, std::string password, std::string network, std::vector<KnownMark> marks);
    /// What a guess at a password is charged to; each bucket has one left. errors: rate_limited
    Task<std::vector<RateCharge>> guess_lane(std::string name_key, std::string network, std::vector<KnownMark> marks);
    [[nodiscard]] KnownMark mark_of(RoomId room) const;
    /// by   whose doing it is; empty: the member's own
    Task<> put_out(RoomId room, TokenHash session, std::string by);
    Task<Admission> admit_by_password(std::string name, BasicCredential basic, std::string network);
    Task<Admission> admit_by_token(std::string name, std::vector<SessionToken> tokens);
    /// What a caller is told who is in no live room of that name: that theirs has ended, or nothing.
    [[nodiscard]] net::awaitable<Error> absence_of(std::string const& name_key, std::vector<TokenHash> const& sessions) const;
    [[nodiscard]] Task<std::string> hash_of(std::string password) const;
    Task<Room> new_room(CreateRoom const& wish, std::string const& password);
    Task<NewSession> insert_room(CreateRoom const& wish, Room room, std::string nickname);
    Result<Instant> deadline_of(Seconds ttl, Instant created_at) const;

    RoomServiceParts parts_;
    RoomServiceSettings settings_;
    crypto::HmacKey opener_key_;
    crypto::HmacKey known_key_;
    std::atomic<bool> refuses_new_{false};
};

}  // namespace fleeting
