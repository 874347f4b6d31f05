#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"
#include "sqlite/taken.hpp"

namespace fleeting::sqlite {
namespace {

// As the index `file_to_scan` has it.
constexpr auto kNext =
    std::string_view{"SELECT id FROM file WHERE scan = 1 AND state = 1 AND is_partial = 0 AND scan_after_ms <= ?1 "
                     "ORDER BY scan_after_ms, completed_at_ms LIMIT 1"};

Result<FileId> id_of(Statement const& row)
{
    return row.id<FileId>(0);
}

Result<FileEntry> claim(Database& db, FileId id, Instant now, Instant until)
{
    TRY(auto row,
        db.prepare("UPDATE file SET scan_after_ms = ?3 WHERE id = ?1 AND scan = 1 AND scan_after_ms <= ?2 RETURNING *"));
    row.bind(id).bind(now).bind(until);
    return one(row, file_of, Errc::not_found);
}

}  // namespace

Task<> SqliteStore::turn_scans(bool on)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        // No other process has this database: claims are those of one that has ended.
        TRY(auto row, db.prepare(on ? "UPDATE file SET scan = 1, scan_after_ms = 0 WHERE scan <= 1"
                                    : "UPDATE file SET scan = 0 WHERE scan = 1"));
        return row.run();
    });
}

Task<std::optional<FileEntry>> SqliteStore::claim_scan(Instant now, Instant until)
{
    auto const next = co_await reads_.run([&](Database& db) -> Result<FileId> {
        TRY(auto row, db.prepare(kNext));
        row.bind(now);
        return one(row, id_of, Errc::not_found);
    });
    auto claimed = next ? co_await writes_.run([&](Database& db) { return claim(db, *next, now, until); })
                        : Result<FileEntry>{fail(next.error())};
    if (!claimed && claimed.error().code == Errc::not_found)
        co_return std::optional<FileEntry>{};
    CO_TRY(auto file, std::move(claimed));
    co_return std::optional{std::move(file)};
}

Task<> SqliteStore::move_scan_claim(FileId id, Instant until, Instant later)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE file SET scan_after_ms = ?3 WHERE id = ?1 AND scan = 1 AND scan_after_ms = ?2"));
        TRY(row.bind(id).bind(until).bind(later).run());
        return db.changed() == 0 ? fail(Errc::not_found, "no claim") : Result<>{};
    });
}

Task<FileChange> SqliteStore::finish_scan(FileId id, Scan outcome, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        auto version = std::uint64_t{0};
        {
            TRY(auto room, db.prepare("UPDATE room SET version = version + 1 WHERE expires_at_ms > ?2 AND id = "
                                      "(SELECT room_id FROM file WHERE id = ?1 AND scan = 1 AND state = 1) RETURNING version"));
            room.bind(id).bind(now);
            TRY(auto const is_there, room.step());
            if (!is_there)
                return fail(Errc::not_found, "no file that waits");
            version = static_cast<std::uint64_t>(room.integer(0));
        }
        // A ZIP of an earlier version hasn't got it, whenever it is asked for again.
        TRY(auto row, db.prepare("UPDATE file SET scan = ?2, completed_version = ?3 WHERE id = ?1 RETURNING *"));
        row.bind(id).bind(static_cast<std::int64_t>(outcome)).bind(static_cast<std::int64_t>(version));
        TRY(auto file, one(row, file_of, Errc::not_found));
        TRY(read_takers(db, file));
        return FileChange{std::move(file), version};
    });
}

Task<bool> SqliteStore::was_infected(RoomId room, std::string what)
{
    co_return co_await reads_.run([&](Database& db) -> Result<bool> {
        TRY(auto row, db.prepare("SELECT 1 FROM infected WHERE room_id = ?1 AND what = ?2"));
        return row.bind(room).bind(what).step();
    });
}

Task<ScanQueue> SqliteStore::scan_queue()
{
    co_return co_await reads_.run([&](Database& db) -> Result<ScanQueue> {
        TRY(auto row,
            db.prepare("SELECT count(*), min(completed_at_ms) FROM file WHERE scan = 1 AND state = 1 AND is_partial = 0"));
        TRY(row.step());
        auto queue = ScanQueue{static_cast<std::uint64_t>(row.integer(0)), {}};
        if (!row.is_null(1))
            queue.oldest = row.instant(1);
        return queue;
    });
}

}  // namespace fleeting::sqlite
