#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"
#include "postgres/taken.hpp"

namespace fleeting::postgres {
namespace {

Task<> turn(Connection& db, bool on)
{
    CO_TRY(co_await db.run(on ? "UPDATE file SET scan = 1 WHERE scan = 0" : "UPDATE file SET scan = 0 WHERE scan = 1"));
    co_return Result<>{};
}

/// Locks nothing but the file, as a checkpoint does.
Task<std::optional<FileEntry>> claim(Connection& db, Instant now, Instant until)
{
    CO_TRY(auto const row,
           co_await db.run("UPDATE file SET scan_after_ms = $2 WHERE id = (SELECT id FROM file WHERE scan = 1 AND state = 1 "
                           "AND NOT is_partial AND scan_after_ms <= $1 ORDER BY scan_after_ms, completed_at_ms LIMIT 1 "
                           "FOR NO KEY UPDATE SKIP LOCKED) RETURNING *",
                           now, until));
    if (row.is_empty())
        co_return std::optional<FileEntry>{};
    CO_TRY(auto file, file_of(row.first()));
    co_return std::optional{std::move(file)};
}

Task<> move_claim(Connection& db, FileId id, Instant until, Instant later)
{
    CO_TRY(auto const moved,
           co_await db.run("UPDATE file SET scan_after_ms = $3 WHERE id = $1 AND scan = 1 AND scan_after_ms = $2", id, until,
                           later));
    co_return moved.has_changed() ? Result<>{} : fail(Errc::not_found, "no claim");
}

Task<FileChange> finish(Connection& db, FileId id, Scan outcome, Instant now)
{
    CO_TRY(auto const raised, co_await db.run("UPDATE room SET version = version + 1 WHERE expires_at_ms > $2 AND id = "
                                              "(SELECT room_id FROM file WHERE id = $1) RETURNING version",
                                              id, now));
    if (raised.is_empty())
        co_return fail(Errc::not_found, "no file, or no room");
    auto const version = raised.first().integer(0);
    // A ZIP of an earlier version hasn't got it, whenever it is asked for again.
    CO_TRY(auto const row, co_await db.run("UPDATE file SET scan = $2, completed_version = $3 "
                                           "WHERE id = $1 AND scan = 1 AND state = 1 RETURNING *",
                                           id, static_cast<std::int64_t>(outcome), version));
    CO_TRY(auto file, one(row, file_of, Errc::not_found));
    CO_TRY(co_await read_takers(db, file));
    co_return FileChange{std::move(file), static_cast<std::uint64_t>(version)};
}

Task<bool> has_infected(Connection& db, RoomId room, std::string const& what)
{
    CO_TRY(auto const row, co_await db.run("SELECT 1 FROM infected WHERE room_id = $1 AND what = $2", room, what));
    co_return !row.is_empty();
}

Task<ScanQueue> queue(Connection& db)
{
    CO_TRY(auto const rows, co_await db.run("SELECT count(*), min(completed_at_ms) FROM file "
                                            "WHERE scan = 1 AND state = 1 AND NOT is_partial"));
    auto const row = rows.first();
    auto waiting = ScanQueue{static_cast<std::uint64_t>(row.integer(0)), {}};
    if (!row.is_null(1))
        waiting.oldest = row.instant(1);
    co_return waiting;
}

}  // namespace

Task<> PostgresStore::turn_scans(bool on)
{
    co_return co_await pool_.write([&](Connection& db) { return turn(db, on); });
}

Task<std::optional<FileEntry>> PostgresStore::claim_scan(Instant now, Instant until)
{
    co_return co_await pool_.write([&](Connection& db) { return claim(db, now, until); });
}

Task<> PostgresStore::move_scan_claim(FileId id, Instant until, Instant later)
{
    co_return co_await pool_.write([&](Connection& db) { return move_claim(db, id, until, later); });
}

Task<FileChange> PostgresStore::finish_scan(FileId id, Scan outcome, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return finish(db, id, outcome, now); });
}

Task<bool> PostgresStore::was_infected(RoomId room, std::string what)
{
    co_return co_await pool_.read([&](Connection& db) { return has_infected(db, room, what); });
}

Task<ScanQueue> PostgresStore::scan_queue()
{
    co_return co_await pool_.read([&](Connection& db) { return queue(db); });
}

}  // namespace fleeting::postgres
