#include "ports/records.hpp"
#include "sqlite/ending.hpp"
#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

// What the table `ending` names. A tombstone that is there already is of a room that a backup brought back: it is to be erased
// once more. CROSS JOIN keeps SQLite from going through all sessions, or files, of all rooms instead.
constexpr auto kWriteTombstones =
    std::string_view{"INSERT INTO tombstone SELECT room.id, room.expires_at_ms > ?1, min(?1, room.expires_at_ms), "
                     "count(file.id) FILTER (WHERE state = 1 AND is_partial = 0), "
                     "coalesce(sum(size_bytes) FILTER (WHERE state = 1 AND is_partial = 0), 0), "
                     "count(file.id) FILTER (WHERE state = 0 OR is_partial = 1), NULL, NULL "
                     "FROM ending CROSS JOIN room USING (id) LEFT JOIN file ON file.room_id = room.id GROUP BY room.id "
                     "ON CONFLICT DO UPDATE SET rows_erased_at_ms = NULL, bytes_erased_at_ms = NULL"};
constexpr auto kWriteHolders =
    std::string_view{"INSERT OR IGNORE INTO receipt_holder SELECT sha256(session.id, room.name_key), room.id "
                     "FROM ending CROSS JOIN room USING (id) CROSS JOIN session ON session.room_id = room.id"};
constexpr auto kWritePurges =
    std::string_view{"INSERT INTO purge (blob_key, not_before_ms, room_id) "
                     "SELECT blob_key, ?1, room_id FROM ending CROSS JOIN file ON file.room_id = ending.id"};

Result<> run_at(Database& db, std::string_view sql, Instant now)
{
    TRY(auto row, db.prepare(sql));
    return row.bind(now).run();
}

}  // namespace

Result<> make_ending_table(Database& db)
{
    return db.execute("CREATE TEMP TABLE ending (id BLOB PRIMARY KEY) WITHOUT ROWID");
}

Result<> end_room_rows(Database& db, std::vector<EndedRoom> const& rooms, Instant now)
{
    for (auto const& room : rooms) {
        TRY(auto row, db.prepare("INSERT INTO ending VALUES (?1)"));
        TRY(row.bind(room.id).run());
    }
    TRY(run_at(db, kWriteTombstones, now));
    TRY(db.run(kWriteHolders));
    TRY(run_at(db, kWritePurges, now));
    TRY(db.run("DELETE FROM file WHERE room_id IN (SELECT id FROM ending)"));
    TRY(db.run("DELETE FROM session WHERE room_id IN (SELECT id FROM ending)"));
    TRY(db.run("DELETE FROM room WHERE id IN (SELECT id FROM ending)"));
    db.ask_for_wipe();
    return db.run("DELETE FROM ending");
}

Result<std::optional<EndedRoom>> end_expired_namesake(Database& db, std::string const& name_key, Instant now)
{
    auto found = std::vector<EndedRoom>{};
    {
        TRY(auto row,
            db.prepare(
                "SELECT id, display_name, expires_at_ms, file_count FROM room WHERE name_key = ?1 AND expires_at_ms <= ?2"));
        row.bind(name_key).bind(now);
        TRY(found, all(row, read_ended_room<Statement>));
    }
    if (found.empty())
        return std::nullopt;
    TRY(end_room_rows(db, found, now));
    return std::optional{std::move(found.front())};
}

Task<EndedRoom> SqliteStore::end_room(RoomId id, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<EndedRoom> {
        auto found = Result<EndedRoom>{};
        {
            TRY(auto row, db.prepare("SELECT id, display_name, expires_at_ms, file_count FROM room WHERE id = ?1"));
            row.bind(id);
            found = one(row, read_ended_room<Statement>, Errc::not_found);
        }
        TRY(auto room, std::move(found));
        TRY(end_room_rows(db, {room}, now));
        return room;
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
    // Among the writers, behind a change that came in time and isn't committed yet; alone, so that no other's failure is its own.
    co_return co_await writes_.run_alone([&](Database& db) -> Result<std::vector<RoomId>> {
        TRY(auto row, db.prepare("SELECT id FROM room WHERE expires_at_ms <= ?1 ORDER BY +id LIMIT ?2"));
        row.bind(now).bind(static_cast<std::int64_t>(limit));
        return all(row, +[](Statement const& one) { return one.id<RoomId>(0); });
    });
}

Task<std::vector<EndedRoom>> SqliteStore::expire_rooms(Instant now, std::size_t limit)
{
    co_return co_await writes_.run_alone([&](Database& db) -> Result<std::vector<EndedRoom>> {
        auto rooms = std::vector<EndedRoom>{};
        {
            TRY(auto row, db.prepare("SELECT id, display_name, expires_at_ms, file_count FROM room WHERE id IN "
                                     "(SELECT id FROM room WHERE expires_at_ms <= ?1 ORDER BY +id LIMIT ?2)"));
            row.bind(now).bind(static_cast<std::int64_t>(limit));
            TRY(rooms, all(row, read_ended_room<Statement>));
        }
        keep_first(rooms, limit);
        if (!rooms.empty()) {
            TRY(end_room_rows(db, rooms, now));
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
