#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"
#include "postgres/taken.hpp"

#include <unordered_map>

namespace fleeting::postgres {
namespace {

Result<FileId> file_id_of(Row const& row)
{
    return row.id<FileId>(0);
}

Result<TokenHash> taker_of(Row const& row)
{
    return row.id<TokenHash>(0);
}

Task<Taking> mark(Connection& db, RoomId room, std::vector<BlobKey> const& blobs, TokenHash const& session)
{
    auto taking = Taking{};
    // The room first, as everywhere.
    CO_TRY(co_await db.run("SELECT 1 FROM room WHERE id = $1 FOR NO KEY UPDATE", room));
    CO_TRY(auto const added,
           co_await db.run("INSERT INTO taken SELECT id, $3::bytea FROM file WHERE blob_key = ANY($2) AND room_id = $1 "
                           "AND (SELECT count(*) FROM taken WHERE file_id = id) < $4 ON CONFLICT DO NOTHING RETURNING file_id",
                           room, blobs, session, kMostTakers));
    CO_TRY(taking.files, all(added, file_id_of));
    if (taking.files.empty())
        co_return taking;
    CO_TRY(auto const raised, co_await db.run("UPDATE room SET version = version + 1 WHERE id = $1 RETURNING version", room));
    taking.room_version = static_cast<std::uint64_t>(raised.first().integer(0));
    co_return taking;
}

}  // namespace

Task<> read_takers(Connection& db, FileEntry& file)
{
    CO_TRY(auto const rows, co_await db.run("SELECT session_id FROM taken WHERE file_id = $1", file.id));
    CO_TRY(file.taken_by, all(rows, taker_of));
    co_return Result<>{};
}

Task<> read_takers(Connection& db, RoomId room, std::vector<FileEntry>& files)
{
    auto by_id = std::unordered_map<FileId, FileEntry*>{};
    for (auto& file : files)
        by_id.emplace(file.id, &file);
    CO_TRY(auto const rows,
           co_await db.run("SELECT file_id, session_id FROM file JOIN taken ON taken.file_id = file.id WHERE file.room_id = $1",
                           room));
    for (auto number = 0; number < rows.count(); ++number) {
        CO_TRY(auto const id, rows.row(number).id<FileId>(0));
        CO_TRY(auto const session, rows.row(number).id<TokenHash>(1));
        if (auto const file = by_id.find(id); file != by_id.end())
            file->second->taken_by.push_back(session);
    }
    co_return Result<>{};
}

Task<Taking> PostgresStore::mark_taken(RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    co_return co_await pool_.write([&](Connection& db) { return mark(db, room, blobs, session); });
}

}  // namespace fleeting::postgres
