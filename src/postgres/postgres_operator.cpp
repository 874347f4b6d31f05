#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

Task<std::vector<RoomSummary>> summarize(Connection& db, Instant now, std::size_t limit)
{
    CO_TRY(auto const rows, co_await db.run("SELECT id, created_at_ms, expires_at_ms, used_bytes, size_limit_bytes, file_count, "
                                            "(SELECT count(*) FROM file WHERE room_id = room.id AND state = 0), "
                                            "(SELECT count(*) FROM session WHERE room_id = room.id), uploads_locked, door_locked "
                                            "FROM room WHERE expires_at_ms > $1 ORDER BY created_at_ms DESC, id LIMIT $2",
                                            now, static_cast<std::int64_t>(limit)));
    co_return all(rows, room_summary_of);
}

Task<RoomTotals> count(Connection& db, Instant now)
{
    CO_TRY(auto const row,
           co_await db.run("SELECT count(*), coalesce(sum(file_count), 0)::bigint, coalesce(sum(used_bytes), 0)::bigint, "
                           "(SELECT count(*) FROM purge), (SELECT min(not_before_ms) FROM purge) "
                           "FROM room WHERE expires_at_ms > $1",
                           now));
    co_return one(row, room_totals_of, Errc::not_found);
}

Task<> add(Connection& db, Block const& block, std::size_t most)
{
    CO_TRY(co_await db.run(
        "INSERT INTO block SELECT $1::text, $2::bytea, $3::bigint "
        "WHERE (SELECT count(*) FROM block WHERE (digest IS NULL) = ($2::bytea IS NULL)) < $4 ON CONFLICT DO NOTHING",
        block.value, block.digest, block.created_at, static_cast<std::int64_t>(most)));
    CO_TRY(auto const there, co_await db.run("SELECT 1 FROM block WHERE value = $1", block.value));
    co_return there.is_empty() ? fail(Errc::too_many_blocks) : Result<>{};
}

Task<> remove(Connection& db, std::string const& value)
{
    CO_TRY(auto const removed, co_await db.run("DELETE FROM block WHERE value = $1", value));
    co_return removed.has_changed() ? Result<>{} : fail(Errc::not_found, "no such block");
}

Task<std::vector<Block>> list(Connection& db)
{
    CO_TRY(auto const rows, co_await db.run("SELECT * FROM block ORDER BY created_at_ms, value"));
    co_return all(rows, block_of);
}

Task<std::vector<FileEntry>> blocked_files(Connection& db, std::size_t limit)
{
    CO_TRY(auto const rows, co_await db.run("SELECT file.* FROM block JOIN file ON file.sha256 = block.digest LIMIT $1",
                                            static_cast<std::int64_t>(limit)));
    co_return all(rows, file_of);
}

}  // namespace

Task<std::vector<RoomSummary>> PostgresStore::summarize_rooms(Instant now, std::size_t limit)
{
    co_return co_await pool_.read([&](Connection& db) { return summarize(db, now, limit); });
}

Task<RoomTotals> PostgresStore::count_rooms(Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return count(db, now); });
}

Task<> PostgresStore::add_block(Block block, std::size_t most)
{
    co_return co_await pool_.write([&](Connection& db) { return add(db, block, most); });
}

Task<> PostgresStore::remove_block(std::string value)
{
    co_return co_await pool_.write([&](Connection& db) { return remove(db, value); });
}

Task<std::vector<Block>> PostgresStore::list_blocks()
{
    co_return co_await pool_.read(list);
}

Task<std::vector<FileEntry>> PostgresStore::list_blocked_files(std::size_t limit)
{
    co_return co_await pool_.read([&](Connection& db) { return blocked_files(db, limit); });
}

}  // namespace fleeting::postgres
