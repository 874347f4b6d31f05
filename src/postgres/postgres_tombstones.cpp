#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

Result<OpenTombstone> open_of(Row const& row)
{
    auto open = OpenTombstone{};
    TRY(open.room, row.id<RoomId>(0));
    open.has_blobs = row.flag(1);
    return open;
}

Result<RoomId> room_id_of(Row const& row)
{
    return row.id<RoomId>(0);
}

Task<Tombstone> find_latest(Connection& db, std::vector<HolderId> const& holders, Instant ended_by)
{
    CO_TRY(auto const row, co_await db.run("SELECT tombstone.* FROM receipt_holder JOIN tombstone USING (room_id) "
                                           "WHERE holder = ANY($1) AND ended_at_ms > $2 ORDER BY ended_at_ms DESC LIMIT 1",
                                           holders, ended_by));
    co_return one(row, tombstone_of, Errc::not_found);
}

Task<std::vector<Tombstone>> list_all(Connection& db)
{
    CO_TRY(auto const rows, co_await db.run("SELECT * FROM tombstone"));
    co_return all(rows, tombstone_of);
}

Task<std::vector<OpenTombstone>> list_open(Connection& db)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT room_id, has_blobs FROM (SELECT room_id, rows_erased_at_ms, EXISTS "
                           "(SELECT 1 FROM purge WHERE purge.room_id = tombstone.room_id) AS has_blobs FROM tombstone "
                           "WHERE bytes_erased_at_ms IS NULL) AS open WHERE rows_erased_at_ms IS NULL OR NOT has_blobs"));
    co_return all(rows, open_of);
}

Task<> note(Connection& db, std::vector<OpenTombstone> const& open, Instant now)
{
    auto without_rows = std::vector<RoomId>{};
    auto without_bytes = std::vector<RoomId>{};
    for (auto const& [room, has_blobs] : open) {
        without_rows.push_back(room);
        if (!has_blobs)
            without_bytes.push_back(room);
    }
    CO_TRY(co_await db.run("UPDATE tombstone SET rows_erased_at_ms = greatest($2::bigint, ended_at_ms) "
                           "WHERE room_id = ANY($1) AND rows_erased_at_ms IS NULL",
                           without_rows, now));
    CO_TRY(co_await db.run("UPDATE tombstone SET bytes_erased_at_ms = greatest($2::bigint, rows_erased_at_ms) "
                           "WHERE room_id = ANY($1) AND bytes_erased_at_ms IS NULL",
                           without_bytes, now));
    co_return Result<>{};
}

Task<> forget(Connection& db, Instant ended_by)
{
    CO_TRY(co_await db.run("DELETE FROM tombstone WHERE ended_at_ms <= $1", ended_by));
    co_return Result<>{};
}

Task<std::vector<RoomId>> list_ids(Connection& db)
{
    CO_TRY(auto const rows, co_await db.run("SELECT id FROM room"));
    co_return all(rows, room_id_of);
}

}  // namespace

Task<Tombstone> PostgresStore::find_tombstone(std::vector<HolderId> holders, Instant ended_by)
{
    co_return co_await pool_.read([&](Connection& db) { return find_latest(db, holders, ended_by); });
}

Task<std::vector<Tombstone>> PostgresStore::list_tombstones()
{
    co_return co_await pool_.read(list_all);
}

Task<std::vector<OpenTombstone>> PostgresStore::list_open_tombstones()
{
    co_return co_await pool_.read(list_open);
}

Task<> PostgresStore::note_erasures(std::vector<OpenTombstone> open, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return note(db, open, now); });
}

Task<> PostgresStore::forget_tombstones(Instant ended_by)
{
    co_return co_await pool_.write([&](Connection& db) { return forget(db, ended_by); });
}

Task<std::vector<RoomId>> PostgresStore::list_rooms()
{
    co_return co_await pool_.read(list_ids);
}

}  // namespace fleeting::postgres
