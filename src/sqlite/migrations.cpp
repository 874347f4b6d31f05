#include "sqlite/migrations.hpp"

#include <array>

namespace fleeting::sqlite {
namespace {

// Numbered by their place. One that has been released never changes; a change is a new one at the end.
constexpr auto kMigrations = std::to_array<char const*>({
    R"(
CREATE TABLE room (
    id BLOB PRIMARY KEY, name_key TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, version INTEGER NOT NULL, uploads_locked INTEGER NOT NULL,
    used_bytes INTEGER NOT NULL, size_limit_bytes INTEGER NOT NULL, file_size_limit_bytes INTEGER NOT NULL,
    file_count INTEGER NOT NULL, file_count_limit INTEGER NOT NULL,
    CHECK (used_bytes >= 0 AND used_bytes <= size_limit_bytes), CHECK (file_count >= 0 AND file_count <= file_count_limit)
) WITHOUT ROWID;
CREATE INDEX room_by_expiry ON room (expires_at_ms);
CREATE TABLE session (
    room_id BLOB NOT NULL REFERENCES room (id), id BLOB NOT NULL, role INTEGER NOT NULL, nickname TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL, PRIMARY KEY (room_id, id)
) WITHOUT ROWID;
CREATE TABLE file (
    id BLOB PRIMARY KEY, room_id BLOB NOT NULL REFERENCES room (id), name TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    length_known INTEGER NOT NULL, offset_bytes INTEGER NOT NULL, media_type TEXT NOT NULL, state INTEGER NOT NULL,
    blob_key BLOB NOT NULL UNIQUE, sha256 BLOB, crc32 INTEGER, uploader TEXT NOT NULL, uploader_id BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL, completed_at_ms INTEGER, checkpoint BLOB,
    UNIQUE (room_id, name)
) WITHOUT ROWID;
CREATE TABLE purge (
    blob_key BLOB PRIMARY KEY, not_before_ms INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX purge_by_time ON purge (not_before_ms);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)",
    R"(
ALTER TABLE file ADD COLUMN is_partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN stated_sha256 BLOB;
ALTER TABLE file ADD COLUMN unverified_from INTEGER;
ALTER TABLE file ADD COLUMN modified_at_ms INTEGER;
ALTER TABLE file ADD COLUMN completed_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN concatenated_from TEXT NOT NULL DEFAULT '';
ALTER TABLE file ADD COLUMN metadata TEXT NOT NULL DEFAULT '';
CREATE INDEX file_archive ON file (room_id, completed_version, blob_key, name, size_bytes, crc32, modified_at_ms, completed_at_ms,
    state, is_partial) WHERE state = 1 AND is_partial = 0;
CREATE INDEX file_by_state ON file (state) WHERE state = 0 OR sha256 IS NULL;
)",
    R"(
ALTER TABLE room ADD COLUMN opener BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
CREATE INDEX room_by_opener ON room (opener, expires_at_ms);
)",
    R"(
ALTER TABLE room ADD COLUMN door_locked INTEGER NOT NULL DEFAULT 0;
)",
    R"(
CREATE TABLE taken (
    file_id BLOB NOT NULL REFERENCES file (id) ON DELETE CASCADE, session_id BLOB NOT NULL, PRIMARY KEY (file_id, session_id)
) WITHOUT ROWID;
)",
    R"(
CREATE TABLE segment (
    blob_key BLOB NOT NULL, at_bytes INTEGER NOT NULL, size_bytes INTEGER NOT NULL, object INTEGER NOT NULL, PRIMARY KEY (blob_key, at_bytes)
) WITHOUT ROWID;
)",
    R"(
ALTER TABLE file ADD COLUMN is_direct INTEGER NOT NULL DEFAULT 0;
CREATE TABLE direct_upload (
    blob_key BLOB PRIMARY KEY, upload_id TEXT NOT NULL, part_size_bytes INTEGER NOT NULL, claimed_until_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX direct_upload_by_id ON direct_upload (upload_id);
CREATE TABLE direct_part (
    blob_key BLOB NOT NULL REFERENCES direct_upload (blob_key) ON DELETE CASCADE, number INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    etag TEXT NOT NULL, crc32 INTEGER NOT NULL, PRIMARY KEY (blob_key, number)
) WITHOUT ROWID;
)",
    // A tombstone stands by itself: the room it is of has no row any more.
    R"(
CREATE TABLE tombstone (
    room_id BLOB PRIMARY KEY, reason INTEGER NOT NULL, ended_at_ms INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
    unfinished INTEGER NOT NULL, rows_erased_at_ms INTEGER, bytes_erased_at_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX tombstone_by_end ON tombstone (ended_at_ms);
CREATE INDEX tombstone_open ON tombstone (room_id) WHERE bytes_erased_at_ms IS NULL;
CREATE TABLE receipt_holder (
    holder BLOB PRIMARY KEY, room_id BLOB NOT NULL REFERENCES tombstone (room_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX receipt_holder_by_room ON receipt_holder (room_id);
ALTER TABLE purge ADD COLUMN room_id BLOB;
CREATE INDEX purge_by_room ON purge (room_id);
)",
    // Of a range the digest is missing.
    R"(
CREATE TABLE block (value TEXT PRIMARY KEY, digest BLOB, created_at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX file_by_sha256 ON file (sha256) WHERE sha256 IS NOT NULL;
)",
    R"(
ALTER TABLE file ADD COLUMN scan INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN scan_after_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX file_to_scan ON file (state, is_partial, scan_after_ms, completed_at_ms) WHERE scan = 1;
DROP INDEX file_archive;
CREATE INDEX file_archive ON file (room_id, completed_version, blob_key, name, size_bytes, crc32, modified_at_ms, completed_at_ms,
    state, is_partial, scan) WHERE state = 1 AND is_partial = 0 AND scan <> 1;
CREATE TABLE infected (
    room_id BLOB NOT NULL REFERENCES room (id) ON DELETE CASCADE, what TEXT NOT NULL, PRIMARY KEY (room_id, what)
) WITHOUT ROWID;
)",
});

Result<std::int64_t> version_of(Database& database)
{
    TRY(auto row, database.prepare("PRAGMA user_version"));
    TRY(row.step());
    return row.integer(0);
}

}  // namespace

Result<> migrate(Database& database)
{
    TRY(auto const version, version_of(database));
    if (version > static_cast<std::int64_t>(kMigrations.size()))
        return fail(Errc::unavailable, "the database was written by a newer version of Fleeting Files");
    for (auto next = static_cast<std::size_t>(version); next < kMigrations.size(); ++next) {
        TRY(database.execute("BEGIN IMMEDIATE"));
        TRY(database.execute(kMigrations[next]));
        TRY(database.execute(("PRAGMA user_version=" + std::to_string(next + 1)).c_str()));
        TRY(database.execute("COMMIT"));
    }
    return {};
}

}  // namespace fleeting::sqlite
