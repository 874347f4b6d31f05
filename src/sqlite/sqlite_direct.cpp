#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

Result<DirectUpload> upload_of(Statement const& row)
{
    auto upload = DirectUpload{};
    TRY(upload.blob, row.id<BlobKey>(0));
    upload.upload_id = row.text(1);
    upload.part_size = row.size(2);
    return upload;
}

Result<DirectPart> part_of(Statement const& row)
{
    return DirectPart{static_cast<std::uint32_t>(row.integer(0)), row.size(1), row.text(2),
                      static_cast<std::uint32_t>(row.integer(3))};
}

Result<DirectUpload> find_upload(Database& db, BlobKey const& blob)
{
    TRY(auto row, db.prepare("SELECT blob_key, upload_id, part_size_bytes FROM direct_upload WHERE blob_key = ?1"));
    row.bind(blob);
    return one(row, upload_of, Errc::not_found);
}

/// That there is one, and that nobody completes it.
Result<> require_unclaimed(Database& db, BlobKey const& blob, Instant now)
{
    TRY(auto row, db.prepare("SELECT claimed_until_ms FROM direct_upload WHERE blob_key = ?1"));
    TRY(auto const found, row.bind(blob).step());
    if (!found)
        return fail(Errc::not_found, "no direct upload");
    return row.instant(0) > now ? fail(Errc::upload_busy, "the upload is being completed") : Result<>{};
}

Result<> forget_parts_of(Database& db, BlobKey const& blob)
{
    {
        TRY(auto parts, db.prepare("DELETE FROM direct_part WHERE blob_key = ?1"));
        TRY(parts.bind(blob).run());
    }
    TRY(auto file, db.prepare("UPDATE file SET offset_bytes = 0 WHERE blob_key = ?1 AND state = 0"));
    return file.bind(blob).run();
}

Result<> claim(Database& db, BlobKey const& blob, Instant until)
{
    TRY(auto row, db.prepare("UPDATE direct_upload SET claimed_until_ms = ?2 WHERE blob_key = ?1"));
    return row.bind(blob).bind(until).run();
}

/// Whether it was ours. `later` in the past ends it.
Result<bool> move_claim(Database& db, BlobKey const& blob, Instant until, Instant later)
{
    TRY(auto row, db.prepare("UPDATE direct_upload SET claimed_until_ms = ?3 WHERE blob_key = ?1 AND claimed_until_ms = ?2"));
    TRY(row.bind(blob).bind(until).bind(later).run());
    return db.changed() > 0;
}

}  // namespace

Task<> SqliteStore::add_direct_upload(DirectUpload upload)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("INSERT INTO direct_upload (blob_key, upload_id, part_size_bytes) VALUES (?1, ?2, ?3)"));
        return row.bind(upload.blob).bind(upload.upload_id).bind(upload.part_size).run();
    });
}

Task<DirectUpload> SqliteStore::find_direct_upload(BlobKey blob)
{
    co_return co_await reads_.run([&](Database& db) { return find_upload(db, blob); });
}

Task<std::vector<DirectUpload>> SqliteStore::list_direct_uploads(std::vector<BlobKey> blobs)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<DirectUpload>> {
        auto uploads = std::vector<DirectUpload>{};
        for (auto const& blob : blobs) {
            auto found = find_upload(db, blob);
            if (found)
                uploads.push_back(*std::move(found));
            else if (found.error().code != Errc::not_found)
                return fail(found.error());
        }
        return uploads;
    });
}

Task<std::vector<DirectPart>> SqliteStore::list_direct_parts(BlobKey blob)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<DirectPart>> {
        TRY(auto rows, db.prepare("SELECT number, size_bytes, etag, crc32 FROM direct_part WHERE blob_key = ?1 ORDER BY number"));
        rows.bind(blob);
        return all(rows, part_of);
    });
}

Task<FileEntry> SqliteStore::record_direct_part(BlobKey blob, DirectPart part, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileEntry> {
        TRY(require_unclaimed(db, blob, now));
        {
            TRY(auto row, db.prepare("INSERT OR REPLACE INTO direct_part (blob_key, number, size_bytes, etag, crc32) "
                                     "VALUES (?1, ?2, ?3, ?4, ?5)"));
            row.bind(blob).bind(std::int64_t{part.number}).bind(part.size).bind(part.etag).bind(std::int64_t{part.crc32});
            TRY(row.run());
        }
        TRY(auto file, db.prepare("UPDATE file SET offset_bytes = (SELECT sum(size_bytes) FROM direct_part WHERE blob_key = ?1) "
                                  "WHERE blob_key = ?1 AND state = 0 RETURNING *"));
        file.bind(blob);
        return one(file, file_of, Errc::not_found);
    });
}

Task<> SqliteStore::claim_direct_upload(BlobKey blob, Instant now, Instant until)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(require_unclaimed(db, blob, now));
        return claim(db, blob, until);
    });
}

Task<> SqliteStore::extend_direct_claim(BlobKey blob, Instant until, Instant later)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const was_ours, move_claim(db, blob, until, later));
        return was_ours ? Result<>{} : fail(Errc::upload_busy, "the claim ran out");
    });
}

Task<> SqliteStore::release_direct_upload(BlobKey blob, Instant until, bool forget_parts)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const was_ours, move_claim(db, blob, until, Instant{}));
        return was_ours && forget_parts ? forget_parts_of(db, blob) : Result<>{};
    });
}

Task<> SqliteStore::remove_direct_uploads(std::vector<BlobKey> blobs)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        for (auto const& blob : blobs) {
            TRY(auto row, db.prepare("DELETE FROM direct_upload WHERE blob_key = ?1"));
            TRY(row.bind(blob).run());
        }
        return {};
    });
}

Task<std::vector<std::string>> SqliteStore::unknown_direct_uploads(std::vector<std::string> upload_ids)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<std::string>> {
        auto unknown = std::vector<std::string>{};
        for (auto const& id : upload_ids) {
            TRY(auto row, db.prepare("SELECT 1 FROM direct_upload JOIN file ON file.blob_key = direct_upload.blob_key "
                                     "WHERE upload_id = ?1"));
            TRY(auto const is_known, row.bind(id).step());
            if (!is_known)
                unknown.push_back(id);
        }
        return unknown;
    });
}

}  // namespace fleeting::sqlite
