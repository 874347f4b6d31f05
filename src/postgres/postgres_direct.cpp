#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

Result<DirectUpload> upload_of(Row const& row)
{
    auto upload = DirectUpload{};
    TRY(upload.blob, row.id<BlobKey>(0));
    upload.upload_id = row.text(1);
    upload.part_size = row.size(2);
    return upload;
}

Result<DirectPart> part_of(Row const& row)
{
    return DirectPart{static_cast<std::uint32_t>(row.integer(0)), row.size(1), row.text(2),
                      static_cast<std::uint32_t>(row.integer(3))};
}

Task<> add(Connection& db, DirectUpload const& upload)
{
    CO_TRY(co_await db.run("INSERT INTO direct_upload (blob_key, upload_id, part_size_bytes) VALUES ($1, $2, $3)", upload.blob,
                           upload.upload_id, upload.part_size));
    co_return Result<>{};
}

Task<std::vector<DirectUpload>> list(Connection& db, std::vector<BlobKey> const& blobs)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT blob_key, upload_id, part_size_bytes FROM direct_upload WHERE blob_key = ANY($1)", blobs));
    co_return all(rows, upload_of);
}

Task<DirectUpload> find(Connection& db, BlobKey const& blob)
{
    CO_TRY(auto const row,
           co_await db.run("SELECT blob_key, upload_id, part_size_bytes FROM direct_upload WHERE blob_key = $1", blob));
    co_return one(row, upload_of, Errc::not_found);
}

Task<std::vector<DirectPart>> parts_of(Connection& db, BlobKey const& blob)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT number, size_bytes, etag, crc32 FROM direct_part WHERE blob_key = $1 ORDER BY number", blob));
    co_return all(rows, part_of);
}

/// That there is one, and that nobody completes it, until the transaction's end: its row stays locked. A file's row is locked
/// after it, never before.
Task<> lock_unclaimed(Connection& db, BlobKey const& blob, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT claimed_until_ms FROM direct_upload WHERE blob_key = $1 FOR UPDATE", blob));
    if (row.is_empty())
        co_return fail(Errc::not_found, "no direct upload");
    co_return row.first().instant(0) > now ? fail(Errc::upload_busy, "the upload is being completed") : Result<>{};
}

Task<FileEntry> record(Connection& db, BlobKey const& blob, DirectPart const& part, Instant now)
{
    CO_TRY(co_await lock_unclaimed(db, blob, now));
    CO_TRY(co_await db.run("INSERT INTO direct_part (blob_key, number, size_bytes, etag, crc32) VALUES ($1, $2, $3, $4, $5) "
                           "ON CONFLICT (blob_key, number) DO UPDATE SET size_bytes = $3, etag = $4, crc32 = $5",
                           blob, std::int64_t{part.number}, part.size, part.etag, std::int64_t{part.crc32}));
    CO_TRY(auto const row, co_await db.run("UPDATE file SET offset_bytes = "
                                           "(SELECT sum(size_bytes)::bigint FROM direct_part WHERE blob_key = $1) "
                                           "WHERE blob_key = $1 AND state = 0 RETURNING *",
                                           blob));
    co_return one(row, file_of, Errc::not_found);
}

Task<> claim(Connection& db, BlobKey const& blob, Instant now, Instant until)
{
    CO_TRY(co_await lock_unclaimed(db, blob, now));
    CO_TRY(co_await db.run("UPDATE direct_upload SET claimed_until_ms = $2 WHERE blob_key = $1", blob, until));
    co_return Result<>{};
}

Task<> extend(Connection& db, BlobKey const& blob, Instant until, Instant later)
{
    CO_TRY(auto const moved,
           co_await db.run("UPDATE direct_upload SET claimed_until_ms = $3 WHERE blob_key = $1 AND claimed_until_ms = $2", blob,
                           until, later));
    co_return moved.has_changed() ? Result<>{} : fail(Errc::upload_busy, "the claim ran out");
}

Task<> release(Connection& db, BlobKey const& blob, Instant until, bool forget_parts)
{
    CO_TRY(auto const ended,
           co_await db.run("UPDATE direct_upload SET claimed_until_ms = 0 WHERE blob_key = $1 AND claimed_until_ms = $2", blob,
                           until));
    if (ended.has_changed() && forget_parts) {
        CO_TRY(co_await db.run("DELETE FROM direct_part WHERE blob_key = $1", blob));
        CO_TRY(co_await db.run("UPDATE file SET offset_bytes = 0 WHERE blob_key = $1 AND state = 0", blob));
    }
    co_return Result<>{};
}

Task<> remove(Connection& db, std::vector<BlobKey> const& blobs)
{
    CO_TRY(co_await db.run("DELETE FROM direct_upload WHERE blob_key = ANY($1)", blobs));
    co_return Result<>{};
}

Task<std::vector<std::string>> unknown(Connection& db, std::vector<std::string> const& upload_ids)
{
    auto unknown = std::vector<std::string>{};
    for (auto const& id : upload_ids) {
        CO_TRY(auto const row, co_await db.run("SELECT 1 FROM direct_upload JOIN file ON file.blob_key = direct_upload.blob_key "
                                               "WHERE upload_id = $1",
                                               id));
        if (row.is_empty())
            unknown.push_back(id);
    }
    co_return unknown;
}

}  // namespace

Task<> PostgresStore::add_direct_upload(DirectUpload upload)
{
    co_return co_await pool_.write([&](Connection& db) { return add(db, upload); });
}

Task<DirectUpload> PostgresStore::find_direct_upload(BlobKey blob)
{
    co_return co_await pool_.read([&](Connection& db) { return find(db, blob); });
}

Task<std::vector<DirectUpload>> PostgresStore::list_direct_uploads(std::vector<BlobKey> blobs)
{
    co_return co_await pool_.read([&](Connection& db) { return list(db, blobs); });
}

Task<std::vector<DirectPart>> PostgresStore::list_direct_parts(BlobKey blob)
{
    co_return co_await pool_.read([&](Connection& db) { return parts_of(db, blob); });
}

Task<FileEntry> PostgresStore::record_direct_part(BlobKey blob, DirectPart part, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return record(db, blob, part, now); });
}

Task<> PostgresStore::claim_direct_upload(BlobKey blob, Instant now, Instant until)
{
    co_return co_await pool_.write([&](Connection& db) { return claim(db, blob, now, until); });
}

Task<> PostgresStore::extend_direct_claim(BlobKey blob, Instant until, Instant later)
{
    co_return co_await pool_.write([&](Connection& db) { return extend(db, blob, until, later); });
}

Task<> PostgresStore::release_direct_upload(BlobKey blob, Instant until, bool forget_parts)
{
    co_return co_await pool_.write([&](Connection& db) { return release(db, blob, until, forget_parts); });
}

Task<> PostgresStore::remove_direct_uploads(std::vector<BlobKey> blobs)
{
    co_return co_await pool_.write([&](Connection& db) { return remove(db, blobs); });
}

Task<std::vector<std::string>> PostgresStore::unknown_direct_uploads(std::vector<std::string> upload_ids)
{
    co_return co_await pool_.read([&](Connection& db) { return unknown(db, upload_ids); });
}

}  // namespace fleeting::postgres
