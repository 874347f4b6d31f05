#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

/// The upload `id`, for a change inside this transaction.
Result<FileEntry> find_upload(Database& db, FileId id)
{
    TRY(auto row, db.prepare("SELECT * FROM file WHERE id = ?1 AND state = 0"));
    row.bind(id);
    return one(row, file_of, Errc::not_found);
}

/// Moves the room's reservation from the file's present size to `size`.
Result<> resize(Database& db, FileEntry const& file, ByteCount size)
{
    TRY(auto row,
        db.prepare(
            "UPDATE room SET used_bytes = used_bytes - ?2 + ?3 WHERE id = ?1 AND used_bytes - ?2 + ?3 <= size_limit_bytes"));
    TRY(row.bind(file.room_id).bind(file.size).bind(size).run());
    if (db.changed() == 0)
        return fail(Errc::room_full, "byte quota");
    return {};
}

}  // namespace

Task<> SqliteStore::grow_file(FileId id, ByteCount new_size)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const file, find_upload(db, id));
        TRY(resize(db, file, new_size));
        TRY(auto row, db.prepare("UPDATE file SET size_bytes = ?2 WHERE id = ?1"));
        return row.bind(id).bind(new_size).run();
    });
}

Task<std::vector<FileEntry>> SqliteStore::list_uploads()
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<FileEntry>> {
        TRY(auto rows, db.prepare("SELECT * FROM file WHERE state = 0"));
        return all(rows, file_of);
    });
}

Task<HashCheckpoint> SqliteStore::find_checkpoint(FileId id)
{
    co_return co_await reads_.run([&](Database& db) -> Result<HashCheckpoint> {
        TRY(auto row, db.prepare("SELECT offset_bytes, checkpoint FROM file WHERE id = ?1"));
        row.bind(id);
        TRY(auto const found, row.step());
        if (!found)
            return fail(Errc::not_found, "no upload");
        auto const state = row.bytes(1);
        return HashCheckpoint{ByteOffset{row.size(0).value}, {state.begin(), state.end()}};
    });
}

Task<> SqliteStore::save_checkpoint(FileId id, HashCheckpoint checkpoint)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE file SET offset_bytes = ?2, checkpoint = ?3 WHERE id = ?1 AND state = 0"));
        TRY(row.bind(id).bind(checkpoint.offset).bind(Bytes{checkpoint.state}).run());
        if (db.changed() == 0)
            return fail(Errc::not_found, "no upload");
        return {};
    });
}

Task<FileChange> SqliteStore::complete_file(FileId id, ByteCount size, Sha256 sha256, std::uint32_t crc32, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        TRY(auto const upload, find_upload(db, id));
        if (upload.size != size) {
            TRY(resize(db, upload, size));
        }
        auto version = std::uint64_t{0};
        {
            TRY(auto row,
                db.prepare("UPDATE room SET version = version + 1 WHERE id = ?1 AND expires_at_ms > ?2 RETURNING version"));
            TRY(auto const is_live, row.bind(upload.room_id).bind(now).step());
            if (!is_live)
                return fail(Errc::not_found, "room ended");
            version = static_cast<std::uint64_t>(row.integer(0));
        }
        TRY(auto row,
            db.prepare(
                "UPDATE file SET state = 1, length_known = 1, size_bytes = ?2, offset_bytes = ?2, sha256 = ?3, crc32 = ?4, "
                "completed_at_ms = ?5, checkpoint = NULL WHERE id = ?1 RETURNING *"));
        row.bind(id).bind(size).bind(sha256).bind(std::int64_t{crc32}).bind(now);
        TRY(auto file, one(row, file_of, Errc::not_found));
        return FileChange{std::move(file), version};
    });
}

}  // namespace fleeting::sqlite
