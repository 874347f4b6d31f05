#include "sqlite/ending.hpp"
#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

#include <algorithm>

namespace fleeting::sqlite {
namespace {

Result<EndedRoom> ended_of(Statement const& row)
{
    auto room = EndedRoom{};
    TRY(room.id, row.id<RoomId>(0));
    room.display_name = row.text(1);
    room.expires_at = row.instant(2);
    return room;
}

/// A tombstone that is there already is of a room that a backup brought back: it is to be erased once more.
Result<> write_tombstone(Database& db, EndedRoom const& room, Instant now)
{
    auto const reason = now < room.expires_at ? EndReason::closed : EndReason::expired;
    {
        TRY(auto row, db.prepare("INSERT INTO tombstone SELECT ?1, ?2, ?3, count(*) FILTER (WHERE state = 1 AND is_partial = 0), "
                                 "coalesce(sum(size_bytes) FILTER (WHERE state = 1 AND is_partial = 0), 0), "
                                 "count(*) FILTER (WHERE state = 0 OR is_partial = 1), NULL, NULL FROM file WHERE room_id = ?1 "
                                 "ON CONFLICT DO UPDATE SET rows_erased_at_ms = NULL, bytes_erased_at_ms = NULL"));
        TRY(row.bind(room.id).bind(static_cast<std::int64_t>(reason)).bind(std::min(now, room.expires_at)).run());
    }
    TRY(auto holders, db.prepare("INSERT OR IGNORE INTO receipt_holder SELECT sha256(session.id, room.name_key), room.id "
                                 "FROM room JOIN session ON session.room_id = room.id WHERE room.id = ?1"));
    return holders.bind(room.id).run();
}

Result<> delete_by_room(Database& db, std::string_view sql, RoomId room)
{
    TRY(auto row, db.prepare(sql));
    return row.bind(room).run();
}

}  // namespace

Result<EndedRoom> end_room_rows(Database& db, EndedRoom room, Instant now)
{
    TRY(write_tombstone(db, room, now));
    {
        TRY(auto purges,
            db.prepare(
                "INSERT INTO purge (blob_key, not_before_ms, room_id) SELECT blob_key, ?2, room_id FROM file WHERE room_id = ?1"));
        TRY(purges.bind(room.id).bind(now).run());
    }
    TRY(delete_by_room(db, "DELETE FROM file WHERE room_id = ?1", room.id));
    TRY(delete_by_room(db, "DELETE FROM session WHERE room_id = ?1", room.id));
    TRY(delete_by_room(db, "DELETE FROM room WHERE id = ?1", room.id));
    db.ask_for_wipe();
    return room;
}

Result<std::optional<EndedRoom>> end_expired_namesake(Database& db, std::string const& name_key, Instant now)
{
    auto found = std::vector<EndedRoom>{};
    {
        TRY(auto row, db.prepare("SELECT id, display_name, expires_at_ms FROM room WHERE name_key = ?1 AND expires_at_ms <= ?2"));
        row.bind(name_key).bind(now);
        TRY(found, all(row, ended_of));
    }
    if (found.empty())
        return std::nullopt;
    TRY(auto ended, end_room_rows(db, std::move(found.front()), now));
    return std::optional{std::move(ended)};
}

Task<EndedRoom> SqliteStore::end_room(RoomId id, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<EndedRoom> {
        auto room = Result<EndedRoom>{};
        {
            TRY(auto row, db.prepare("SELECT id, display_name, expires_at_ms FROM room WHERE id = ?1"));
            row.bind(id);
            room = one(row, ended_of, Errc::not_found);
        }
        TRY(auto ended, std::move(room));
        return end_room_rows(db, std::move(ended), now);
    });
}

Task<std::optional<Instant>> SqliteStore::next_expiry()
{
    co_return co_await reads_.run([](Database& db) -> Result<std::optional<Instant>> {
        TRY(auto row, db.prepare("SELECT min(expires_at_ms) FROM room"));
        TRY(row.step());
        return row.is_null(0) ? std::nullopt : std::optional{row.instant(0)};
    });
}

Task<std::vector<RoomId>> SqliteStore::due_rooms(Instant now, std::size_t limit)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<RoomId>> {
        TRY(auto row, db.prepare("SELECT id FROM room WHERE expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT ?2"));
        row.bind(now).bind(static_cast<std::int64_t>(limit));
        return all(row, +[](Statement const& one) { return one.id<RoomId>(0); });
    });
}

Task<std::vector<EndedRoom>> SqliteStore::expire_rooms(Instant now, std::size_t limit)
{
    co_return co_await writes_.run_alone([&](Database& db) -> Result<std::vector<EndedRoom>> {
        auto rooms = std::vector<EndedRoom>{};
        {
            TRY(auto row,
                db.prepare(
                    "SELECT id, display_name, expires_at_ms FROM room WHERE expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT ?2"));
            row.bind(now).bind(static_cast<std::int64_t>(limit));
            TRY(rooms, all(row, ended_of));
        }
        for (auto const& room : rooms) {
            TRY(end_room_rows(db, room, now));
        }
        return rooms;
    });
}

Task<> SqliteStore::clamp_expiry(Instant latest)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE room SET expires_at_ms = ?1 WHERE expires_at_ms > ?1"));
        return row.bind(latest).run();
    });
}

}  // namespace fleeting::sqlite
