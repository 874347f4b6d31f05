#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

Result<OpenTombstone> open_of(Statement const& row)
{
    auto open = OpenTombstone{};
    TRY(open.room, row.id<RoomId>(0));
    open.has_blobs = row.flag(1);
    return open;
}

Result<RoomId> room_id_of(Statement const& row)
{
    return row.id<RoomId>(0);
}

Result<std::optional<Tombstone>> find_one(Database& db, HolderId const& holder, Instant ended_by)
{
    TRY(auto row,
        db.prepare("SELECT tombstone.* FROM receipt_holder JOIN tombstone ON tombstone.room_id = receipt_holder.room_id "
                   "WHERE holder = ?1 AND ended_at_ms > ?2"));
    row.bind(holder).bind(ended_by);
    TRY(auto found, all(row, tombstone_of));
    return found.empty() ? std::nullopt : std::optional{found.front()};
}

Result<> note(Database& db, std::string_view sql, RoomId room, Instant now)
{
    TRY(auto row, db.prepare(sql));
    return row.bind(room).bind(now).run();
}

}  // namespace

Task<Tombstone> SqliteStore::find_tombstone(std::vector<HolderId> holders, Instant ended_by)
{
    co_return co_await reads_.run([&](Database& db) -> Result<Tombstone> {
        auto latest = std::optional<Tombstone>{};
        for (auto const& holder : holders) {
            TRY(auto found, find_one(db, holder, ended_by));
            if (found && (!latest || found->ended_at > latest->ended_at))
                latest = found;
        }
        if (!latest)
            return fail(Errc::not_found, "no tombstone");
        return *std::move(latest);
    });
}

Task<std::vector<Tombstone>> SqliteStore::list_tombstones()
{
    co_return co_await reads_.run([](Database& db) -> Result<std::vector<Tombstone>> {
        TRY(auto row, db.prepare("SELECT * FROM tombstone"));
        return all(row, tombstone_of);
    });
}

Task<std::vector<OpenTombstone>> SqliteStore::list_open_tombstones()
{
    CO_TRY(auto open, co_await reads_.run([](Database& db) -> Result<std::vector<OpenTombstone>> {
        TRY(auto row, db.prepare("SELECT room_id, has_blobs FROM (SELECT room_id, rows_erased_at_ms, EXISTS "
                                 "(SELECT 1 FROM purge WHERE purge.room_id = tombstone.room_id) AS has_blobs FROM tombstone "
                                 "WHERE bytes_erased_at_ms IS NULL) WHERE rows_erased_at_ms IS NULL OR NOT has_blobs"));
        return all(row, open_of);
    }));
    // What a reader sees is committed, and the writer wipes the log before it comes to the next; where another reader kept it
    // from that, the rows still stand there.
    if (!open.empty()) {
        CO_TRY(auto const are_in_log, co_await writes_.run([](Database& db) -> Result<bool> { return db.wants_wipe(); }));
        if (are_in_log)
            open.clear();
    }
    co_return open;
}

Task<> SqliteStore::note_erasures(std::vector<OpenTombstone> open, Instant now)
{
    co_return co_await writes_.run_alone([&](Database& db) -> Result<> {
        for (auto const& [room, has_blobs] : open) {
            TRY(note(db,
                     "UPDATE tombstone SET rows_erased_at_ms = max(?2, ended_at_ms) "
                     "WHERE room_id = ?1 AND rows_erased_at_ms IS NULL",
                     room, now));
            if (has_blobs)
                continue;
            TRY(note(db,
                     "UPDATE tombstone SET bytes_erased_at_ms = max(?2, rows_erased_at_ms) "
                     "WHERE room_id = ?1 AND bytes_erased_at_ms IS NULL",
                     room, now));
        }
        return {};
    });
}

Task<> SqliteStore::forget_tombstones(Instant ended_by)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("DELETE FROM tombstone WHERE ended_at_ms <= ?1"));
        return row.bind(ended_by).run();
    });
}

Task<std::vector<RoomId>> SqliteStore::list_rooms()
{
    co_return co_await reads_.run([](Database& db) -> Result<std::vector<RoomId>> {
        TRY(auto row, db.prepare("SELECT id FROM room"));
        return all(row, room_id_of);
    });
}

}  // namespace fleeting::sqlite
