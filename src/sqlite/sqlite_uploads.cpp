#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"
#include "sqlite/taken.hpp"

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

/// Raises the version of the file's room and returns it; a partial upload leaves it, as nobody is told.
Result<std::uint64_t> next_version(Database& db, FileEntry const& file, Instant now)
{
    TRY(auto row, db.prepare("UPDATE room SET version = version + ?3 WHERE id = ?1 AND expires_at_ms > ?2 RETURNING version"));
    row.bind(file.room_id).bind(now).bind(std::int64_t{!file.is_partial});
    TRY(auto const is_live, row.step());
    if (!is_live)
        return fail(Errc::not_found, "room ended");
    return static_cast<std::uint64_t>(row.integer(0));
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

Task<> SqliteStore::set_length(FileId id, ByteCount length)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const file, find_upload(db, id));
        if (file.length_known)
            return file.size == length ? Result<>{} : fail(Errc::length_conflict, "the length is another");
        TRY(resize(db, file, length));
        TRY(auto row, db.prepare("UPDATE file SET size_bytes = ?2, length_known = 1 WHERE id = ?1"));
        return row.bind(id).bind(length).run();
    });
}

Task<> SqliteStore::hold_back(FileId id, std::optional<ByteOffset> from)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE file SET unverified_from = ?2 WHERE id = ?1 AND state = 0"));
        TRY(row.bind(id).bind(from).run());
        return db.changed() == 0 ? fail(Errc::not_found, "no upload") : Result<>{};
    });
}

Task<std::vector<FileEntry>> SqliteStore::list_undigested()
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<FileEntry>> {
        TRY(auto rows, db.prepare("SELECT * FROM file WHERE state = 1 AND sha256 IS NULL AND is_partial = 0 AND is_direct = 0"));
        return all(rows, file_of);
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

Task<std::string> SqliteStore::find_metadata(FileId id)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::string> {
        TRY(auto row, db.prepare("SELECT metadata FROM file WHERE id = ?1"));
        row.bind(id);
        TRY(auto const found, row.step());
        return found ? Result<std::string>{row.text(0)} : fail(Errc::not_found, "no upload");
    });
}

Task<> SqliteStore::save_checkpoint(FileId id, HashCheckpoint checkpoint)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE file SET offset_bytes = ?2, checkpoint = ?3, "
                                 "unverified_from = CASE WHEN unverified_from >= ?2 THEN unverified_from END "
                                 "WHERE id = ?1 AND sha256 IS NULL AND offset_bytes <= ?2"));
        TRY(row.bind(id).bind(checkpoint.offset).bind(Bytes{checkpoint.state}).run());
        if (db.changed() == 0)
            return fail(Errc::not_found, "no upload");
        return {};
    });
}

Task<FileChange> SqliteStore::complete_file(FileId id, Completion completion, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        TRY(auto const upload, find_upload(db, id));
        if (upload.size != completion.size) {
            TRY(resize(db, upload, completion.size));
        }
        TRY(auto const version, next_version(db, upload, now));
        TRY(auto row,
            db.prepare(
                "UPDATE file SET state = 1, length_known = 1, size_bytes = ?2, offset_bytes = ?2, sha256 = ?3, crc32 = ?4, "
                "completed_at_ms = ?5, completed_version = ?6, unverified_from = NULL, "
                "checkpoint = CASE WHEN ?3 IS NULL THEN checkpoint END WHERE id = ?1 RETURNING *"));
        row.bind(id).bind(completion.size).bind(completion.sha256).bind(std::int64_t{completion.crc32}).bind(now);
        row.bind(static_cast<std::int64_t>(version));
        TRY(auto file, one(row, file_of, Errc::not_found));
        TRY(read_takers(db, file));
        return FileChange{std::move(file), version};
    });
}

Task<FileChange> SqliteStore::set_sha256(FileId id, Sha256 sha256, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        auto file = FileEntry{};
        {
            TRY(auto row, db.prepare("UPDATE file SET sha256 = ?2, checkpoint = NULL WHERE id = ?1 AND state = 1 RETURNING *"));
            row.bind(id).bind(sha256);
            TRY(file, one(row, file_of, Errc::not_found));
        }
        TRY(read_takers(db, file));
        TRY(auto const version, next_version(db, file, now));
        return FileChange{std::move(file), version};
    });
}

}  // namespace fleeting::sqlite
