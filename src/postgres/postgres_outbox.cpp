#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

Result<Purge> purge_of(Row const& row)
{
    auto purge = Purge{};
    TRY(purge.blob, row.id<BlobKey>(0));
    purge.not_before = row.instant(1);
    purge.attempts = static_cast<std::uint32_t>(row.integer(2));
    return purge;
}

Result<BlobKey> key_of(Row const& row)
{
    return row.id<BlobKey>(0);
}

Task<std::vector<Purge>> due(Connection& db, Instant now, std::size_t limit)
{
    CO_TRY(auto const rows, co_await db.run("SELECT * FROM purge WHERE not_before_ms <= $1 ORDER BY not_before_ms LIMIT $2", now,
                                            static_cast<std::int64_t>(limit)));
    co_return all(rows, purge_of);
}

Task<> finish(Connection& db, std::vector<BlobKey> const& erased)
{
    CO_TRY(co_await db.run("DELETE FROM purge WHERE blob_key = ANY($1)", erased));
    co_return Result<>{};
}

Task<> postpone(Connection& db, BlobKey const& blob, Instant not_before)
{
    CO_TRY(co_await db.run("UPDATE purge SET not_before_ms = $2, attempts = attempts + 1 WHERE blob_key = $1", blob, not_before));
    co_return Result<>{};
}

Task<std::vector<BlobKey>> unknown(Connection& db, std::vector<BlobKey> const& keys)
{
    CO_TRY(auto const rows, co_await db.run("SELECT key FROM unnest($1::bytea[]) AS asked (key) "
                                            "WHERE NOT EXISTS (SELECT 1 FROM file WHERE blob_key = key)",
                                            keys));
    co_return all(rows, key_of);
}

}  // namespace

Task<std::vector<Purge>> PostgresStore::due_purges(Instant now, std::size_t limit)
{
    co_return co_await pool_.read([&](Connection& db) { return due(db, now, limit); });
}

Task<> PostgresStore::finish_purges(std::vector<BlobKey> erased)
{
    co_return co_await pool_.write([&](Connection& db) { return finish(db, erased); });
}

Task<> PostgresStore::postpone_purge(BlobKey blob, Instant not_before)
{
    co_return co_await pool_.write([&](Connection& db) { return postpone(db, blob, not_before); });
}

Task<std::vector<BlobKey>> PostgresStore::unknown_blobs(std::vector<BlobKey> keys)
{
    co_return co_await pool_.read([&](Connection& db) { return unknown(db, keys); });
}

}  // namespace fleeting::postgres
