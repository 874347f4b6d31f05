#include "postgres/locks.hpp"
#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"
#include "postgres/taken.hpp"

namespace fleeting::postgres {
namespace {

/// Moves the room's reservation from the file's present size to `size`.
Task<> resize(Connection& db, FileEntry const& file, ByteCount size)
{
    CO_TRY(auto const moved, co_await db.run("UPDATE room SET used_bytes = used_bytes - $2 + $3 "
                                             "WHERE id = $1 AND used_bytes - $2 + $3 <= size_limit_bytes",
                                             file.room_id, file.size, size));
    co_return moved.has_changed() ? Result<>{} : fail(Errc::room_full, "byte quota");
}

/// Raises the version of the file's room and returns it; a partial upload leaves it, as nobody is told.
Task<std::uint64_t> next_version(Connection& db, FileEntry const& file, Instant now)
{
    CO_TRY(auto const raised,
           co_await db.run("UPDATE room SET version = version + $3 WHERE id = $1 AND expires_at_ms > $2 RETURNING version",
                           file.room_id, now, std::int64_t{!file.is_partial}));
    if (raised.is_empty())
        co_return fail(Errc::not_found, "room ended");
    co_return static_cast<std::uint64_t>(raised.first().integer(0));
}

Task<> grow(Connection& db, FileId id, ByteCount new_size)
{
    CO_TRY(auto const file, co_await lock_file(db, id, FileState::uploading));
    CO_TRY(co_await resize(db, file, new_size));
    CO_TRY(co_await db.run("UPDATE file SET size_bytes = $2 WHERE id = $1", id, new_size));
    co_return Result<>{};
}

Task<> tell_length(Connection& db, FileId id, ByteCount length)
{
    CO_TRY(auto const file, co_await lock_file(db, id, FileState::uploading));
    if (file.length_known)
        co_return file.size == length ? Result<>{} : fail(Errc::length_conflict, "the length is another");
    CO_TRY(co_await resize(db, file, length));
    CO_TRY(co_await db.run("UPDATE file SET size_bytes = $2, length_known = true WHERE id = $1", id, length));
    co_return Result<>{};
}

Task<> hold_back_from(Connection& db, FileId id, std::optional<ByteOffset> from)
{
    CO_TRY(auto const held, co_await db.run("UPDATE file SET unverified_from = $2 WHERE id = $1 AND state = 0", id, from));
    co_return held.has_changed() ? Result<>{} : fail(Errc::not_found, "no upload");
}

Task<std::vector<FileEntry>> undigested(Connection& db)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT * FROM file WHERE state = 1 AND sha256 IS NULL AND NOT is_partial AND NOT is_direct"));
    co_return all(rows, file_of);
}

Task<std::vector<FileEntry>> unfinished(Connection& db)
{
    CO_TRY(auto const rows, co_await db.run("SELECT * FROM file WHERE state = 0"));
    co_return all(rows, file_of);
}

Task<HashCheckpoint> checkpoint_of(Connection& db, FileId id)
{
    CO_TRY(auto const found, co_await db.run("SELECT offset_bytes, checkpoint FROM file WHERE id = $1", id));
    if (found.is_empty())
        co_return fail(Errc::not_found, "no upload");
    auto const state = found.first().bytes(1);
    co_return HashCheckpoint{ByteOffset{found.first().size(0).value}, {state.begin(), state.end()}};
}

Task<std::string> metadata_of(Connection& db, FileId id)
{
    CO_TRY(auto const found, co_await db.run("SELECT metadata FROM file WHERE id = $1", id));
    if (found.is_empty())
        co_return fail(Errc::not_found, "no upload");
    co_return found.first().text(0);
}

Task<> keep_checkpoint(Connection& db, FileId id, HashCheckpoint const& checkpoint)
{
    CO_TRY(auto const kept, co_await db.run("UPDATE file SET offset_bytes = $2, checkpoint = $3, "
                                            "unverified_from = CASE WHEN unverified_from >= $2 THEN unverified_from END "
                                            "WHERE id = $1 AND sha256 IS NULL AND offset_bytes <= $2",
                                            id, checkpoint.offset, Bytes{checkpoint.state}));
    co_return kept.has_changed() ? Result<>{} : fail(Errc::not_found, "no upload");
}

Task<FileChange> complete(Connection& db, FileId id, Completion const& completion, Instant now)
{
    CO_TRY(auto const upload, co_await lock_file(db, id, FileState::uploading));
    if (upload.size != completion.size) {
        CO_TRY(co_await resize(db, upload, completion.size));
    }
    CO_TRY(auto const version, co_await next_version(db, upload, now));
    CO_TRY(auto const row,
           co_await db.run(
               "UPDATE file SET state = 1, length_known = true, size_bytes = $2, offset_bytes = $2, sha256 = $3::bytea, "
               "crc32 = $4, completed_at_ms = $5, completed_version = $6, unverified_from = NULL, "
               "checkpoint = CASE WHEN $3::bytea IS NULL THEN checkpoint END WHERE id = $1 RETURNING *",
               id, completion.size, completion.sha256, std::int64_t{completion.crc32}, now, static_cast<std::int64_t>(version)));
    CO_TRY(auto file, one(row, file_of, Errc::not_found));
    CO_TRY(co_await read_takers(db, file));
    co_return FileChange{std::move(file), version};
}

Task<FileChange> tell_sha256(Connection& db, FileId id, Sha256 const& sha256, Instant now)
{
    CO_TRY(auto const before, co_await lock_file(db, id, FileState::complete));
    CO_TRY(auto const version, co_await next_version(db, before, now));
    CO_TRY(auto const row,
           co_await db.run("UPDATE file SET sha256 = $2, checkpoint = NULL WHERE id = $1 RETURNING *", id, sha256));
    CO_TRY(auto file, one(row, file_of, Errc::not_found));
    CO_TRY(co_await read_takers(db, file));
    co_return FileChange{std::move(file), version};
}

}  // namespace

Task<> PostgresStore::grow_file(FileId id, ByteCount new_size)
{
    co_return co_await pool_.write([&](Connection& db) { return grow(db, id, new_size); });
}

Task<> PostgresStore::set_length(FileId id, ByteCount length)
{
    co_return co_await pool_.write([&](Connection& db) { return tell_length(db, id, length); });
}

Task<> PostgresStore::hold_back(FileId id, std::optional<ByteOffset> from)
{
    co_return co_await pool_.write([&](Connection& db) { return hold_back_from(db, id, from); });
}

Task<std::vector<FileEntry>> PostgresStore::list_undigested()
{
    co_return co_await pool_.read(undigested);
}

Task<std::vector<FileEntry>> PostgresStore::list_uploads()
{
    co_return co_await pool_.read(unfinished);
}

Task<HashCheckpoint> PostgresStore::find_checkpoint(FileId id)
{
    co_return co_await pool_.read([&](Connection& db) { return checkpoint_of(db, id); });
}

Task<std::string> PostgresStore::find_metadata(FileId id)
{
    co_return co_await pool_.read([&](Connection& db) { return metadata_of(db, id); });
}

Task<> PostgresStore::save_checkpoint(FileId id, HashCheckpoint checkpoint)
{
    co_return co_await pool_.write([&](Connection& db) { return keep_checkpoint(db, id, checkpoint); });
}

Task<FileChange> PostgresStore::complete_file(FileId id, Completion completion, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return complete(db, id, completion, now); });
}

Task<FileChange> PostgresStore::set_sha256(FileId id, Sha256 sha256, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return tell_sha256(db, id, sha256, now); });
}

}  // namespace fleeting::postgres
