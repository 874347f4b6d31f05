#include "postgres/ending.hpp"
#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

#include <cstring>

namespace fleeting::postgres {
namespace {

/// Openers take turns from here to the end of the transaction, each with itself: counting and adding is one step. Two openers of
/// equal beginnings wait for each other, no more.
Task<> take_turn(Connection& db, OpenerId const& opener)
{
    auto key = std::int64_t{0};
    std::memcpy(&key, opener.raw.data(), sizeof key);
    CO_TRY(co_await db.run("SELECT pg_advisory_xact_lock($1)", key));
    co_return Result<>{};
}

/// Fails where the opener of `room` has as many live rooms as anybody may.
Task<> require_place(Connection& db, Room const& room, std::uint32_t most_alive)
{
    CO_TRY(auto const alive,
           co_await db.run("SELECT count(*), min(expires_at_ms) FROM room WHERE opener = $1 AND expires_at_ms > $2", room.opener,
                           room.created_at));
    if (alive.first().integer(0) < std::int64_t{most_alive})
        co_return Result<>{};
    auto const wait = std::chrono::ceil<Seconds>(alive.first().instant(1) - room.created_at);
    co_return fail(Error{Errc::rate_limited, "too many rooms alive", {}, static_cast<int>(wait.count())});
}

/// Doesn't fail where the name is taken, which would end the transaction: it says so.
Task<> insert_room(Connection& db, Room const& room)
{
    CO_TRY(auto const inserted,
           co_await db.run("INSERT INTO room VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
                           "ON CONFLICT (name_key) DO NOTHING",
                           room.id, room.name_key, room.display_name, room.password_hash, room.created_at, room.expires_at,
                           static_cast<std::int64_t>(room.version), room.uploads_locked, room.used, room.size_limit,
                           room.file_size_limit, std::int64_t{room.file_count}, std::int64_t{room.file_count_limit}, room.opener,
                           room.door_locked));
    co_return inserted.has_changed() ? Result<>{} : fail(Errc::name_taken, "a live room has it");
}

Task<> insert_session(Connection& db, Session const& session)
{
    CO_TRY(co_await db.run("INSERT INTO session VALUES ($1, $2, $3, $4, $5) "
                           "ON CONFLICT (room_id, id) DO UPDATE SET nickname = excluded.nickname",
                           session.room_id, session.id, static_cast<std::int64_t>(session.role), session.nickname,
                           session.created_at));
    co_return Result<>{};
}

Task<std::optional<EndedRoom>> open_room(Connection& db, Room const& room, Session const& owner, std::uint32_t most_alive)
{
    CO_TRY(co_await take_turn(db, room.opener));
    CO_TRY(auto ended, co_await end_expired_namesake(db, room.name_key, room.created_at));
    CO_TRY(co_await require_place(db, room, most_alive));
    CO_TRY(co_await insert_room(db, room));
    CO_TRY(co_await insert_session(db, owner));
    co_return ended;
}

Task<Room> room_called(Connection& db, std::string const& name_key, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT * FROM room WHERE name_key = $1 AND expires_at_ms > $2", name_key, now));
    co_return one(row, room_of, Errc::not_found);
}

Task<Room> live_room(Connection& db, RoomId id, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT * FROM room WHERE id = $1 AND expires_at_ms > $2", id, now));
    co_return one(row, room_of, Errc::not_found);
}

Task<Room> change(Connection& db, RoomId id, RoomChange const& what, Clock const& clock)
{
    CO_TRY(co_await db.run("SELECT 1 FROM room WHERE id = $1 FOR NO KEY UPDATE", id));
    auto const now = clock.now();
    CO_TRY(auto const row,
           co_await db.run("UPDATE room SET expires_at_ms = coalesce($3, expires_at_ms), "
                           "uploads_locked = coalesce($4, uploads_locked), door_locked = coalesce($5, door_locked), "
                           "password_hash = coalesce($6, password_hash), version = version + 1 "
                           "WHERE id = $1 AND expires_at_ms > $2 RETURNING *",
                           id, now, what.expires_at, what.uploads_locked, what.door_locked, what.password_hash));
    co_return one(row, room_of, Errc::not_found);
}

Task<bool> is_member(Connection& db, Session const& session)
{
    CO_TRY(auto const row, co_await db.run("SELECT 1 FROM session WHERE room_id = $1 AND id = $2", session.room_id, session.id));
    co_return !row.is_empty();
}

/// For one more.
Task<> require_open(Connection& db, Room const& room, std::uint32_t most)
{
    if (room.door_locked)
        co_return fail(Errc::door_locked, "nobody new gets in");
    CO_TRY(auto const count, co_await db.run("SELECT count(*) FROM session WHERE room_id = $1", room.id));
    co_return count.first().integer(0) < most ? Result<>{} : fail(Errc::too_many_members);
}

/// False where they are nobody of the room's yet. The lock is shared: whoever comes by password with each request waits for
/// nobody but the room's end.
Task<bool> let_in_again(Connection& db, Session const& session, Instant now)
{
    CO_TRY(auto const row,
           co_await db.run("SELECT 1 FROM room WHERE id = $1 AND expires_at_ms > $2 FOR SHARE", session.room_id, now));
    if (row.is_empty())
        co_return fail(Errc::not_found);
    CO_TRY(auto const is_in, co_await is_member(db, session));
    if (is_in) {
        CO_TRY(co_await insert_session(db, session));
    }
    co_return is_in;
}

/// One after the other, so that no more come in than may.
Task<> let_in(Connection& db, Session const& session, std::uint32_t most, Instant now)
{
    CO_TRY(auto const row,
           co_await db.run("SELECT * FROM room WHERE id = $1 AND expires_at_ms > $2 FOR NO KEY UPDATE", session.room_id, now));
    CO_TRY(auto const room, one(row, room_of, Errc::not_found));
    CO_TRY(auto const is_in, co_await is_member(db, session));
    if (!is_in) {
        CO_TRY(co_await require_open(db, room, most));
    }
    co_return co_await insert_session(db, session);
}

Task<Membership> membership(Connection& db, std::string const& name_key, std::vector<TokenHash> const& sessions, Instant now)
{
    CO_TRY(auto const found,
           co_await db.run("SELECT session.room_id, session.id, role, nickname, session.created_at_ms, room.* FROM room "
                           "JOIN session ON session.room_id = room.id AND session.id = ANY($3) WHERE room.id = "
                           "coalesce((SELECT id FROM room WHERE name_key = $1 AND expires_at_ms > $2), $4) "
                           "ORDER BY array_position($3, session.id) LIMIT 1",
                           name_key, now, sessions, RoomId{}));
    if (found.is_empty())
        co_return fail(Errc::no_session, "none of the sessions asked for");
    CO_TRY(auto room, room_of(found.first().from(5)));
    CO_TRY(auto session, session_of(found.first()));
    co_return Membership{std::move(room), std::move(session)};
}

/// Behind whoever is just let in again: they would else make the row anew, past a locked door.
Task<> delete_session(Connection& db, RoomId room, TokenHash const& id)
{
    CO_TRY(co_await db.run("SELECT 1 FROM room WHERE id = $1 FOR NO KEY UPDATE", room));
    CO_TRY(co_await db.run("DELETE FROM session WHERE room_id = $1 AND id = $2", room, id));
    co_return Result<>{};
}

Task<std::vector<Session>> sessions_of(Connection& db, RoomId room)
{
    CO_TRY(auto const rows, co_await db.run("SELECT * FROM session WHERE room_id = $1 ORDER BY created_at_ms, id", room));
    co_return all(rows, session_of);
}

Result<RoomMark> mark_of(Row const& row)
{
    auto mark = RoomMark{};
    TRY(mark.id, row.id<RoomId>(0));
    mark.version = static_cast<std::uint64_t>(row.integer(1));
    mark.expires_at = row.instant(2);
    mark.sessions = static_cast<std::uint32_t>(row.integer(3));
    mark.newest_session = row.instant(4);
    return mark;
}

Task<std::vector<RoomMark>> marks_of(Connection& db, std::vector<RoomId> const& rooms)
{
    CO_TRY(auto const rows, co_await db.run("SELECT id, version, expires_at_ms, "
                                            "(SELECT count(*) FROM session WHERE room_id = room.id), "
                                            "(SELECT max(created_at_ms) FROM session WHERE room_id = room.id) "
                                            "FROM room WHERE id = ANY ($1)",
                                            rooms));
    co_return all(rows, mark_of);
}

}  // namespace

Task<std::optional<EndedRoom>> PostgresStore::create_room(Room room, Session owner, std::uint32_t most_alive)
{
    co_return co_await pool_.write([&](Connection& db) { return open_room(db, room, owner, most_alive); });
}

Task<Room> PostgresStore::find_room(std::string name_key, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return room_called(db, name_key, now); });
}

Task<Room> PostgresStore::find_room_by_id(RoomId id, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return live_room(db, id, now); });
}

Task<Room> PostgresStore::change_room(RoomId id, RoomChange what, Clock const& clock)
{
    co_return co_await pool_.write([&](Connection& db) { return change(db, id, what, clock); });
}

Task<> PostgresStore::add_session(Session session, std::uint32_t most, Instant now)
{
    // In two transactions: two who both raised a shared lock would wait for each other.
    CO_TRY(auto const is_in, co_await pool_.write([&](Connection& db) { return let_in_again(db, session, now); }));
    if (is_in)
        co_return Result<>{};
    co_return co_await pool_.write([&](Connection& db) { return let_in(db, session, most, now); });
}

Task<Membership> PostgresStore::find_membership(std::string name_key, std::vector<TokenHash> sessions, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return membership(db, name_key, sessions, now); });
}

Task<> PostgresStore::remove_session(RoomId room, TokenHash id)
{
    co_return co_await pool_.write([&](Connection& db) { return delete_session(db, room, id); });
}

Task<std::vector<Session>> PostgresStore::list_sessions(RoomId room)
{
    co_return co_await pool_.read([&](Connection& db) { return sessions_of(db, room); });
}

Task<std::vector<RoomMark>> PostgresStore::room_marks(std::vector<RoomId> rooms)
{
    co_return co_await pool_.read([&](Connection& db) { return marks_of(db, rooms); });
}

}  // namespace fleeting::postgres
