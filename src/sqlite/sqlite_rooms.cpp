#include "sqlite/ending.hpp"
#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

std::optional<std::int64_t> to_stored(std::optional<bool> flag)
{
    return flag ? std::optional{std::int64_t{*flag}} : std::nullopt;
}

std::optional<std::string_view> to_stored(std::optional<std::string> const& text)
{
    return text ? std::optional{std::string_view{*text}} : std::nullopt;
}

Result<> insert_room(Database& db, Room const& room)
{
    TRY(auto row, db.prepare("INSERT INTO room VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"));
    row.bind(room.id).bind(room.name_key).bind(room.display_name).bind(room.password_hash);
    row.bind(room.created_at)
        .bind(room.expires_at)
        .bind(static_cast<std::int64_t>(room.version))
        .bind(std::int64_t{room.uploads_locked});
    row.bind(room.used).bind(room.size_limit).bind(room.file_size_limit);
    row.bind(std::int64_t{room.file_count}).bind(std::int64_t{room.file_count_limit});
    return row.bind(room.opener).bind(std::int64_t{room.door_locked}).run();
}

/// Fails where the opener of `room` has as many live rooms as anybody may.
Result<> require_place(Database& db, Room const& room, std::uint32_t most_alive)
{
    TRY(auto row, db.prepare("SELECT count(*), min(expires_at_ms) FROM room WHERE opener = ?1 AND expires_at_ms > ?2"));
    row.bind(room.opener).bind(room.created_at);
    TRY(row.step());
    if (row.integer(0) < std::int64_t{most_alive})
        return {};
    auto const wait = std::chrono::ceil<Seconds>(row.instant(1) - room.created_at);
    return fail(Error{Errc::rate_limited, "too many rooms alive", {}, static_cast<int>(wait.count())});
}

Result<> insert_session(Database& db, Session const& session)
{
    TRY(auto row, db.prepare("INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5) "
                             "ON CONFLICT (room_id, id) DO UPDATE SET nickname = excluded.nickname"));
    row.bind(session.room_id).bind(session.id).bind(static_cast<std::int64_t>(session.role));
    return row.bind(session.nickname).bind(session.created_at).run();
}

Result<Session> find_member(Database& db, RoomId room, TokenHash id)
{
    TRY(auto row, db.prepare("SELECT * FROM session WHERE room_id = ?1 AND id = ?2"));
    row.bind(room).bind(id);
    return one(row, session_of, Errc::no_session);
}

/// Of the live room of that name, or of no room: the room's own row is left alone until who asks is known to be in it.
Result<Session> find_member(Database& db, std::string const& name_key, TokenHash id, Instant now)
{
    TRY(auto row, db.prepare("SELECT * FROM session WHERE id = ?1 AND room_id = "
                             "coalesce((SELECT id FROM room WHERE name_key = ?2 AND expires_at_ms > ?3), ?4)"));
    row.bind(id).bind(name_key).bind(now).bind(RoomId{});
    return one(row, session_of, Errc::no_session);
}

Result<Room> live_room(Database& db, RoomId id, Instant now)
{
    TRY(auto row, db.prepare("SELECT * FROM room WHERE id = ?1 AND expires_at_ms > ?2"));
    row.bind(id).bind(now);
    return one(row, room_of, Errc::not_found);
}

Result<Membership> membership(Database& db, std::string const& name_key, TokenHash id, Instant now)
{
    TRY(auto session, find_member(db, name_key, id, now));
    TRY(auto room, live_room(db, session.room_id, now));
    return Membership{std::move(room), std::move(session)};
}

Result<Room> room_called(Database& db, std::string const& name_key, Instant now)
{
    TRY(auto row, db.prepare("SELECT * FROM room WHERE name_key = ?1 AND expires_at_ms > ?2"));
    row.bind(name_key).bind(now);
    return one(row, room_of, Errc::not_found);
}

Result<std::vector<RoomMark>> marks_of(Database& db, std::vector<RoomId> const& rooms)
{
    auto marks = std::vector<RoomMark>{};
    for (auto const& id : rooms) {
        TRY(auto row, db.prepare("SELECT version, expires_at_ms, (SELECT count(*) FROM session WHERE room_id = room.id), "
                                 "(SELECT max(created_at_ms) FROM session WHERE room_id = room.id) "
                                 "FROM room WHERE id = ?1"));
        row.bind(id);
        TRY(auto const is_there, row.step());
        if (is_there)
            marks.push_back({id, static_cast<std::uint64_t>(row.integer(0)), row.instant(1),
                             static_cast<std::uint32_t>(row.integer(2)), row.instant(3)});
    }
    return marks;
}

/// For one more.
Result<> require_open(Database& db, Room const& room, std::uint32_t most)
{
    if (room.door_locked)
        return fail(Errc::door_locked, "nobody new gets in");
    TRY(auto row, db.prepare("SELECT count(*) FROM session WHERE room_id = ?1"));
    TRY(row.bind(room.id).step());
    return row.integer(0) < most ? Result<>{} : fail(Errc::too_many_members);
}

}  // namespace

Task<std::optional<EndedRoom>> SqliteStore::create_room(Room room, Session owner, std::uint32_t most_alive)
{
    co_return co_await writes_.run([&](Database& db) -> Result<std::optional<EndedRoom>> {
        TRY(auto ended, end_expired_namesake(db, room.name_key, room.created_at));
        TRY(require_place(db, room, most_alive));
        TRY(insert_room(db, room));
        TRY(insert_session(db, owner));
        return ended;
    });
}

Task<Room> SqliteStore::find_room(std::string name_key, Instant now)
{
    co_return co_await reads_.run([&](Database& db) { return room_called(db, name_key, now); });
}

Task<Room> SqliteStore::find_room_by_id(RoomId id, Instant now)
{
    co_return co_await reads_.run([&](Database& db) { return live_room(db, id, now); });
}

Task<Room> SqliteStore::change_room(RoomId id, RoomChange change, Clock const& clock)
{
    co_return co_await writes_.run([&](Database& db) -> Result<Room> {
        auto const now = clock.now();
        TRY(auto row, db.prepare("UPDATE room SET expires_at_ms = coalesce(?3, expires_at_ms), "
                                 "uploads_locked = coalesce(?4, uploads_locked), door_locked = coalesce(?5, door_locked), "
                                 "password_hash = coalesce(?6, password_hash), version = version + 1 "
                                 "WHERE id = ?1 AND expires_at_ms > ?2"));
        row.bind(id).bind(now).bind(change.expires_at).bind(to_stored(change.uploads_locked));
        row.bind(to_stored(change.door_locked)).bind(to_stored(change.password_hash));
        TRY(row.run());
        return live_room(db, id, now);
    });
}

Task<> SqliteStore::add_session(Session session, std::uint32_t most, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const room, live_room(db, session.room_id, now));
        if (!find_member(db, room.id, session.id)) {
            TRY(require_open(db, room, most));
        }
        return insert_session(db, session);
    });
}

Task<Membership> SqliteStore::find_membership(std::string name_key, std::vector<TokenHash> sessions, Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<Membership> {
        for (auto const& id : sessions) {
            auto found = membership(db, name_key, id, now);
            // not_found: the room ended between both looks.
            if (found || (found.error().code != Errc::no_session && found.error().code != Errc::not_found))
                return found;
        }
        return fail(Errc::no_session, "none of the sessions asked for");
    });
}

Task<> SqliteStore::remove_session(RoomId room, TokenHash id)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("DELETE FROM session WHERE room_id = ?1 AND id = ?2"));
        return row.bind(room).bind(id).run();
    });
}

Task<std::vector<Session>> SqliteStore::list_sessions(RoomId room)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<Session>> {
        TRY(auto row, db.prepare("SELECT * FROM session WHERE room_id = ?1 ORDER BY created_at_ms, id"));
        row.bind(room);
        return all(row, session_of);
    });
}

Task<std::vector<RoomMark>> SqliteStore::room_marks(std::vector<RoomId> rooms)
{
    co_return co_await reads_.run([&](Database& db) { return marks_of(db, rooms); });
}

}  // namespace fleeting::sqlite
