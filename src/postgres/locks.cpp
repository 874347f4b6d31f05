#include "postgres/locks.hpp"

#include "postgres/rows.hpp"

namespace fleeting::postgres {

Task<> lock_room(Connection& db, RoomId id, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT 1 FROM room WHERE id = $1 AND expires_at_ms > $2 FOR NO KEY UPDATE", id, now));
    co_return row.is_empty() ? fail(Errc::not_found, "room ended") : Result<>{};
}

Task<FileEntry> lock_file(Connection& db, FileId id, FileState state)
{
    // Rows are locked in the order in which the tables stand here.
    CO_TRY(auto const row, co_await db.run("SELECT file.* FROM room JOIN file ON file.room_id = room.id "
                                           "WHERE file.id = $1 AND file.state = $2 FOR NO KEY UPDATE",
                                           id, static_cast<std::int64_t>(state)));
    co_return one(row, file_of, Errc::not_found);
}

}  // namespace fleeting::postgres
