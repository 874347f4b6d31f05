#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"
#include "sqlite/taken.hpp"

#include <unordered_map>

namespace fleeting::sqlite {
namespace {

/// The file of that blob, where it is new that `session` has it.
Result<std::optional<FileId>> mark_one(Database& db, RoomId room, BlobKey const& blob, TokenHash const& session)
{
    TRY(auto row, db.prepare("INSERT OR IGNORE INTO taken SELECT id, ?3 FROM file WHERE blob_key = ?2 AND room_id = ?1 "
                             "AND (SELECT count(*) FROM taken WHERE file_id = id) < ?4 RETURNING file_id"));
    row.bind(room).bind(blob).bind(session).bind(kMostTakers);
    TRY(auto const is_new, row.step());
    if (!is_new)
        return std::nullopt;
    TRY(auto const id, row.id<FileId>(0));
    return std::optional{id};
}

Result<TokenHash> taker_of(Statement const& row)
{
    return row.id<TokenHash>(0);
}

}  // namespace

Result<> read_takers(Database& db, FileEntry& file)
{
    TRY(auto row, db.prepare("SELECT session_id FROM taken WHERE file_id = ?1"));
    row.bind(file.id);
    TRY(file.taken_by, all(row, taker_of));
    return {};
}

Result<> read_takers(Database& db, RoomId room, std::vector<FileEntry>& files)
{
    auto by_id = std::unordered_map<FileId, FileEntry*>{};
    for (auto& file : files)
        by_id.emplace(file.id, &file);
    TRY(auto row,
        db.prepare("SELECT file_id, session_id FROM file JOIN taken ON taken.file_id = file.id WHERE file.room_id = ?1"));
    row.bind(room);
    while (true) {
        TRY(auto const found, row.step());
        if (!found)
            return {};
        TRY(auto const id, row.id<FileId>(0));
        TRY(auto const session, row.id<TokenHash>(1));
        if (auto const file = by_id.find(id); file != by_id.end())
            file->second->taken_by.push_back(session);
    }
}

Task<Taking> SqliteStore::mark_taken(RoomId room, std::vector<BlobKey> blobs, TokenHash session)
{
    co_return co_await writes_.run([&](Database& db) -> Result<Taking> {
        auto taking = Taking{};
        for (auto const& blob : blobs) {
            TRY(auto const file, mark_one(db, room, blob, session));
            if (file)
                taking.files.push_back(*file);
        }
        if (taking.files.empty())
            return taking;
        TRY(auto row, db.prepare("UPDATE room SET version = version + 1 WHERE id = ?1 RETURNING version"));
        TRY(row.bind(room).step());
        taking.room_version = static_cast<std::uint64_t>(row.integer(0));
        return taking;
    });
}

}  // namespace fleeting::sqlite
