#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

/// Whether it is there already, or there are fewer than `most` of its kind.
Result<bool> has_place_for(Database& db, Block const& block, std::size_t most)
{
    TRY(auto row, db.prepare("SELECT EXISTS (SELECT 1 FROM block WHERE value = ?1) "
                             "OR (SELECT count(*) FROM block WHERE (digest IS NULL) = ?2) < ?3"));
    row.bind(block.value).bind(std::int64_t{block.digest ? 0 : 1}).bind(static_cast<std::int64_t>(most));
    TRY(row.step());
    return row.flag(0);
}

}  // namespace

Task<std::vector<RoomSummary>> SqliteStore::summarize_rooms(Instant now, std::size_t limit)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<RoomSummary>> {
        TRY(auto row, db.prepare("SELECT id, created_at_ms, expires_at_ms, used_bytes, size_limit_bytes, file_count, "
                                 "(SELECT count(*) FROM file WHERE room_id = room.id AND state = 0), "
                                 "(SELECT count(*) FROM session WHERE room_id = room.id), uploads_locked, door_locked "
                                 "FROM room WHERE expires_at_ms > ?1 ORDER BY created_at_ms DESC, id LIMIT ?2"));
        row.bind(now).bind(static_cast<std::int64_t>(limit));
        return all(row, room_summary_of);
    });
}

Task<RoomTotals> SqliteStore::count_rooms(Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<RoomTotals> {
        TRY(auto row, db.prepare("SELECT count(*), coalesce(sum(file_count), 0), coalesce(sum(used_bytes), 0), "
                                 "(SELECT count(*) FROM purge), (SELECT min(not_before_ms) FROM purge) "
                                 "FROM room WHERE expires_at_ms > ?1"));
        row.bind(now);
        return one(row, room_totals_of, Errc::not_found);
    });
}

Task<> SqliteStore::add_block(Block block, std::size_t most)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const has_place, has_place_for(db, block, most));
        if (!has_place)
            return fail(Errc::too_many_blocks);
        TRY(auto row, db.prepare("INSERT INTO block (value, digest, created_at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"));
        return row.bind(block.value).bind(block.digest).bind(block.created_at).run();
    });
}

Task<> SqliteStore::remove_block(std::string value)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("DELETE FROM block WHERE value = ?1"));
        TRY(row.bind(value).run());
        return db.changed() > 0 ? Result<>{} : fail(Errc::not_found, "no such block");
    });
}

Task<std::vector<Block>> SqliteStore::list_blocks()
{
    co_return co_await reads_.run([](Database& db) -> Result<std::vector<Block>> {
        TRY(auto row, db.prepare("SELECT * FROM block ORDER BY created_at_ms, value"));
        return all(row, block_of);
    });
}

Task<std::vector<FileEntry>> SqliteStore::list_blocked_files(std::size_t limit)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<FileEntry>> {
        TRY(auto row, db.prepare("SELECT file.* FROM block JOIN file ON file.sha256 = block.digest LIMIT ?1"));
        row.bind(static_cast<std::int64_t>(limit));
        return all(row, file_of);
    });
}

}  // namespace fleeting::sqlite
