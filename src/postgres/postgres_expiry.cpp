#include "ports/records.hpp"
#include "postgres/ending.hpp"
#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

// A tombstone that is there already is of a room that a backup brought back: it is to be erased once more.
constexpr auto kWriteTombstones =
    "INSERT INTO tombstone SELECT room.id, (room.expires_at_ms > $2::bigint)::int::bigint, least($2::bigint, room.expires_at_ms), "
    "count(file.id) FILTER (WHERE state = 1 AND NOT is_partial), "
    "coalesce(sum(size_bytes) FILTER (WHERE state = 1 AND NOT is_partial), 0)::bigint, "
    "count(file.id) FILTER (WHERE state = 0 OR is_partial) FROM room LEFT JOIN file ON file.room_id = room.id "
    "WHERE room.id = ANY($1) GROUP BY room.id "
    "ON CONFLICT (room_id) DO UPDATE SET rows_erased_at_ms = NULL, bytes_erased_at_ms = NULL";
constexpr auto kWriteHolders =
    "INSERT INTO receipt_holder SELECT sha256(session.id || convert_to(room.name_key, 'UTF8')), room.id "
    "FROM room JOIN session ON session.room_id = room.id WHERE room.id = ANY($1) ON CONFLICT DO NOTHING";

Task<EndedRoom> end_one(Connection& db, RoomId id, Instant now)
{
    CO_TRY(auto const row,
           co_await db.run("SELECT id, display_name, expires_at_ms, file_count FROM room WHERE id = $1 FOR UPDATE", id));
    CO_TRY(auto const rooms, all(row, read_ended_room<Row>));
    if (rooms.empty())
        co_return fail(Errc::not_found, "no row");
    CO_TRY(co_await end_room_rows(db, rooms, now));
    co_return rooms.front();
}

// A room that another node is ending isn't this one's business: neither to wait for nor to try at once.
Task<std::optional<Instant>> earliest(Connection& db)
{
    CO_TRY(auto const next,
           co_await db.run("SELECT expires_at_ms FROM room ORDER BY expires_at_ms LIMIT 1 FOR KEY SHARE SKIP LOCKED"));
    co_return next.is_empty() ? std::nullopt : std::optional{next.first().instant(0)};
}

Task<std::vector<EndedRoom>> end_expired(Connection& db, Instant now, std::size_t limit)
{
    CO_TRY(auto const due,
           co_await db.run("SELECT id, display_name, expires_at_ms, file_count FROM room WHERE expires_at_ms <= $1 "
                           "ORDER BY expires_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED",
                           now, static_cast<std::int64_t>(limit)));
    CO_TRY(auto rooms, all(due, read_ended_room<Row>));
    keep_first(rooms, limit);
    if (!rooms.empty()) {
        CO_TRY(co_await end_room_rows(db, rooms, now));
    }
    co_return rooms;
}

Task<std::vector<RoomId>> list_due(Connection& db, Instant now, std::size_t limit)
{
    // A room that a change holds may be given more time by it. If it isn't, it is due when that one is done: it holds up no
    // other.
    CO_TRY(auto const due,
           co_await db.run("SELECT id FROM room WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT $2 FOR SHARE SKIP LOCKED",
                           now, static_cast<std::int64_t>(limit)));
    co_return all(due, +[](Row const& row) { return row.id<RoomId>(0); });
}

Task<> pull_back(Connection& db, Instant latest)
{
    CO_TRY(co_await db.run("UPDATE room SET expires_at_ms = $1 WHERE expires_at_ms > $1", latest));
    co_return Result<>{};
}

}  // namespace

Task<> end_room_rows(Connection& db, std::vector<EndedRoom> const& rooms, Instant now)
{
    auto ids = std::vector<RoomId>{};
    ids.reserve(rooms.size());
    for (auto const& room : rooms)
        ids.push_back(room.id);
    CO_TRY(co_await db.run(kWriteTombstones, ids, now));
    CO_TRY(co_await db.run(kWriteHolders, ids));
    CO_TRY(co_await db.run("INSERT INTO purge (blob_key, not_before_ms, room_id) "
                           "SELECT blob_key, $2::bigint, room_id FROM file WHERE room_id = ANY($1)",
                           ids, now));
    CO_TRY(co_await db.run("DELETE FROM file WHERE room_id = ANY($1)", ids));
    CO_TRY(co_await db.run("DELETE FROM session WHERE room_id = ANY($1)", ids));
    CO_TRY(co_await db.run("DELETE FROM room WHERE id = ANY($1)", ids));
    co_return Result<>{};
}

Task<std::optional<EndedRoom>> end_expired_namesake(Connection& db, std::string const& name_key, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT id, display_name, expires_at_ms, file_count FROM room "
                                           "WHERE name_key = $1 AND expires_at_ms <= $2 FOR UPDATE",
                                           name_key, now));
    CO_TRY(auto const rooms, all(row, read_ended_room<Row>));
    if (rooms.empty())
        co_return std::nullopt;
    CO_TRY(co_await end_room_rows(db, rooms, now));
    co_return std::optional{rooms.front()};
}

Task<EndedRoom> PostgresStore::end_room(RoomId id, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return end_one(db, id, now); });
}

Task<std::optional<Instant>> PostgresStore::next_expiry()
{
    co_return co_await pool_.read(earliest);
}

Task<std::vector<RoomId>> PostgresStore::due_rooms(Instant now, std::size_t limit)
{
    co_return co_await pool_.write([&](Connection& db) { return list_due(db, now, limit); });
}

Task<std::vector<EndedRoom>> PostgresStore::expire_rooms(Instant now, std::size_t limit)
{
    co_return co_await pool_.write([&](Connection& db) { return end_expired(db, now, limit); });
}

Task<> PostgresStore::clamp_expiry(Instant latest)
{
    co_return co_await pool_.write([&](Connection& db) { return pull_back(db, latest); });
}

}  // namespace fleeting::postgres
