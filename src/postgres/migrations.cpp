#include "postgres/migrations.hpp"

#include <array>

namespace fleeting::postgres {
namespace {

// A migration may rewrite a table, and another node's has to be waited for.
constexpr auto kPatience = Milliseconds{10 * 60'000};

// Numbered by their place. One that has been released never changes; a change is a new one at the end, which older nodes go on
// working on: columns are only added, at the end and with a default.
constexpr auto kMigrations = std::to_array<char const*>({
    R"(
CREATE TABLE room (
    id BYTEA PRIMARY KEY, name_key TEXT COLLATE "C" NOT NULL UNIQUE, display_name TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL, expires_at_ms BIGINT NOT NULL, version BIGINT NOT NULL, uploads_locked BOOLEAN NOT NULL,
    used_bytes BIGINT NOT NULL, size_limit_bytes BIGINT NOT NULL, file_size_limit_bytes BIGINT NOT NULL,
    file_count BIGINT NOT NULL, file_count_limit BIGINT NOT NULL, opener BYTEA NOT NULL, door_locked BOOLEAN NOT NULL,
    CHECK (used_bytes >= 0 AND used_bytes <= size_limit_bytes), CHECK (file_count >= 0 AND file_count <= file_count_limit)
);
CREATE INDEX room_by_expiry ON room (expires_at_ms);
CREATE INDEX room_by_opener ON room (opener, expires_at_ms);
CREATE TABLE session (
    room_id BYTEA NOT NULL REFERENCES room (id), id BYTEA NOT NULL, role BIGINT NOT NULL, nickname TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL, PRIMARY KEY (room_id, id)
);
CREATE TABLE file (
    id BYTEA PRIMARY KEY, room_id BYTEA NOT NULL REFERENCES room (id), name TEXT COLLATE "C" NOT NULL, size_bytes BIGINT NOT NULL,
    length_known BOOLEAN NOT NULL, offset_bytes BIGINT NOT NULL, media_type TEXT NOT NULL, state BIGINT NOT NULL,
    blob_key BYTEA NOT NULL UNIQUE, sha256 BYTEA, crc32 BIGINT, uploader TEXT NOT NULL, uploader_id BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL, completed_at_ms BIGINT, checkpoint BYTEA, is_partial BOOLEAN NOT NULL, stated_sha256 BYTEA,
    unverified_from BIGINT, modified_at_ms BIGINT, completed_version BIGINT NOT NULL, concatenated_from TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (room_id, name)
);
CREATE INDEX file_archive ON file (room_id, completed_version) WHERE state = 1 AND NOT is_partial;
CREATE INDEX file_by_state ON file (state) WHERE state = 0 OR sha256 IS NULL;
CREATE TABLE taken (
    file_id BYTEA NOT NULL REFERENCES file (id) ON DELETE CASCADE, session_id BYTEA NOT NULL, PRIMARY KEY (file_id, session_id)
);
CREATE TABLE purge (blob_key BYTEA PRIMARY KEY, not_before_ms BIGINT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0);
CREATE INDEX purge_by_time ON purge (not_before_ms);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
)",
    R"(
CREATE TABLE segment (
    blob_key BYTEA NOT NULL, at_bytes BIGINT NOT NULL, size_bytes BIGINT NOT NULL, object BIGINT NOT NULL, PRIMARY KEY (blob_key, at_bytes)
);
)",
    R"(
ALTER TABLE file ADD COLUMN is_direct BOOLEAN NOT NULL DEFAULT false;
CREATE TABLE direct_upload (
    blob_key BYTEA PRIMARY KEY, upload_id TEXT COLLATE "C" NOT NULL, part_size_bytes BIGINT NOT NULL, claimed_until_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX direct_upload_by_id ON direct_upload (upload_id);
CREATE TABLE direct_part (
    blob_key BYTEA NOT NULL REFERENCES direct_upload (blob_key) ON DELETE CASCADE, number BIGINT NOT NULL, size_bytes BIGINT NOT NULL,
    etag TEXT NOT NULL, crc32 BIGINT NOT NULL, PRIMARY KEY (blob_key, number)
);
)",
    R"(
CREATE TABLE tombstone (
    room_id BYTEA PRIMARY KEY, reason BIGINT NOT NULL, ended_at_ms BIGINT NOT NULL, files BIGINT NOT NULL, bytes BIGINT NOT NULL,
    unfinished BIGINT NOT NULL, rows_erased_at_ms BIGINT, bytes_erased_at_ms BIGINT
);
CREATE INDEX tombstone_by_end ON tombstone (ended_at_ms);
CREATE INDEX tombstone_open ON tombstone (room_id) WHERE bytes_erased_at_ms IS NULL;
CREATE TABLE receipt_holder (
    holder BYTEA PRIMARY KEY, room_id BYTEA NOT NULL REFERENCES tombstone (room_id) ON DELETE CASCADE
);
CREATE INDEX receipt_holder_by_room ON receipt_holder (room_id);
ALTER TABLE purge ADD COLUMN room_id BYTEA;
CREATE INDEX purge_by_room ON purge (room_id);
)",
    R"(
CREATE TABLE block (value TEXT COLLATE "C" PRIMARY KEY, digest BYTEA, created_at_ms BIGINT NOT NULL);
CREATE INDEX file_by_sha256 ON file (sha256) WHERE sha256 IS NOT NULL;
)",
    R"(
ALTER TABLE file ADD COLUMN scan BIGINT NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN scan_after_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX file_to_scan ON file (state, is_partial, scan_after_ms, completed_at_ms) WHERE scan = 1;
CREATE TABLE infected (
    room_id BYTEA NOT NULL REFERENCES room (id) ON DELETE CASCADE, what TEXT COLLATE "C" NOT NULL, PRIMARY KEY (room_id, what)
);
)",
});

// The lock's number is ours alone: openers' locks are of another kind (one number, not two).
constexpr auto kBegin =
    "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7078501, 1);"
    "CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())";

Task<> require_utf8(Connection& db)
{
    CO_TRY(auto const encoding, co_await db.run("SELECT getdatabaseencoding()::text"));
    co_return encoding.first().text(0) == "UTF8" ? Result<>{} : fail(Errc::unavailable, "the database's encoding isn't UTF8");
}

Task<> apply_missing(Connection& db)
{
    CO_TRY(co_await require_utf8(db));
    CO_TRY(co_await db.execute(kBegin));
    CO_TRY(auto const newest, co_await db.run("SELECT coalesce(max(version), 0) FROM migration"));
    auto const version = static_cast<std::size_t>(newest.first().integer(0));
    if (version > kMigrations.size())
        co_return fail(Errc::unavailable, "the database was written by a newer version of Fleeting Files");
    for (auto next = version; next < kMigrations.size(); ++next) {
        CO_TRY(co_await db.execute(kMigrations[next]));
        CO_TRY(co_await db.run("INSERT INTO migration (version) VALUES ($1)", static_cast<std::int64_t>(next + 1)));
    }
    co_return Result<>{};
}

}  // namespace

Task<> migrate(Pool& pool)
{
    co_return co_await pool.write_patiently(apply_missing, kPatience);
}

}  // namespace fleeting::postgres
