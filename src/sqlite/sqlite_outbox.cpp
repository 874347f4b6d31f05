#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

Result<Purge> purge_of(Statement const& row)
{
    auto purge = Purge{};
    TRY(purge.blob, row.id<BlobKey>(0));
    purge.not_before = row.instant(1);
    purge.attempts = static_cast<std::uint32_t>(row.integer(2));
    return purge;
}

}  // namespace

Task<std::vector<Purge>> SqliteStore::due_purges(Instant now, std::size_t limit)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<Purge>> {
        TRY(auto row, db.prepare("SELECT * FROM purge WHERE not_before_ms <= ?1 ORDER BY not_before_ms LIMIT ?2"));
        row.bind(now).bind(static_cast<std::int64_t>(limit));
        return all(row, purge_of);
    });
}

Task<> SqliteStore::finish_purges(std::vector<BlobKey> erased)
{
    co_return co_await writes_.run_alone([&](Database& db) -> Result<> {
        for (auto const& key : erased) {
            TRY(auto row, db.prepare("DELETE FROM purge WHERE blob_key = ?1"));
            TRY(row.bind(key).run());
        }
        return {};
    });
}

Task<> SqliteStore::postpone_purge(BlobKey blob, Instant not_before)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("UPDATE purge SET not_before_ms = ?2, attempts = attempts + 1 WHERE blob_key = ?1"));
        return row.bind(blob).bind(not_before).run();
    });
}

Task<std::vector<BlobKey>> SqliteStore::unknown_blobs(std::vector<BlobKey> keys)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<BlobKey>> {
        auto unknown = std::vector<BlobKey>{};
        for (auto const& key : keys) {
            TRY(auto row, db.prepare("SELECT 1 FROM file WHERE blob_key = ?1"));
            TRY(auto const is_known, row.bind(key).step());
            if (!is_known)
                unknown.push_back(key);
        }
        return unknown;
    });
}

}  // namespace fleeting::sqlite
