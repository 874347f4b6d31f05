#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

Result<Segment> segment_of(Row const& row)
{
    return Segment{ByteOffset{row.size(0).value}, row.size(1), static_cast<std::uint64_t>(row.integer(2))};
}

Task<std::vector<Segment>> segments_of(Connection& db, BlobKey const& blob)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT at_bytes, size_bytes, object FROM segment WHERE blob_key = $1 ORDER BY at_bytes", blob));
    co_return all(rows, segment_of);
}

/// Until the transaction's end nobody else changes the blob's list: a cut and an append at once would leave a gap.
Task<> lock_blob(Connection& db, BlobKey const& blob)
{
    CO_TRY(co_await db.run("SELECT pg_advisory_xact_lock(7078502, hashtext(encode($1::bytea, 'hex')))", blob));
    co_return Result<>{};
}

Task<> append(Connection& db, BlobKey const& blob, Segment const& segment)
{
    CO_TRY(co_await lock_blob(db, blob));
    CO_TRY(auto const made,
           co_await db.run("INSERT INTO segment SELECT $1::bytea, $2::bigint, $3::bigint, $4::bigint WHERE $2::bigint = coalesce("
                           "(SELECT max(at_bytes + size_bytes) FROM segment WHERE blob_key = $1::bytea), 0)",
                           blob, segment.at, segment.size, static_cast<std::int64_t>(segment.object)));
    co_return made.has_changed() ? Result<>{} : fail(Errc::upload_busy, "the blob's end is elsewhere");
}

Task<> cut(Connection& db, BlobKey const& blob, ByteOffset from, ByteOffset end)
{
    CO_TRY(co_await lock_blob(db, blob));
    CO_TRY(auto const segments, co_await segments_of(db, blob));
    if (end_of(segments) != from)
        co_return fail(Errc::upload_busy, "the blob's end is elsewhere");
    CO_TRY(co_await db.run("DELETE FROM segment WHERE blob_key = $1 AND at_bytes >= $2", blob, end));
    CO_TRY(co_await db.run("UPDATE segment SET size_bytes = $2 - at_bytes WHERE blob_key = $1 AND at_bytes + size_bytes > $2",
                           blob, end));
    co_return Result<>{};
}

Task<> replace(Connection& db, BlobKey const& blob, std::vector<Segment> const& from, Segment const& whole)
{
    CO_TRY(co_await lock_blob(db, blob));
    CO_TRY(auto const segments, co_await segments_of(db, blob));
    if (segments == std::vector{whole})
        co_return Result<>{};
    if (segments != from)
        co_return fail(Errc::upload_busy, "the blob's list is another");
    CO_TRY(co_await db.run("DELETE FROM segment WHERE blob_key = $1", blob));
    CO_TRY(co_await db.run("INSERT INTO segment VALUES ($1, $2, $3, $4)", blob, whole.at, whole.size,
                           static_cast<std::int64_t>(whole.object)));
    co_return Result<>{};
}

Task<> remove(Connection& db, std::vector<BlobKey> const& blobs)
{
    CO_TRY(co_await db.run("DELETE FROM segment WHERE blob_key = ANY($1)", blobs));
    co_return Result<>{};
}

}  // namespace

Task<std::vector<Segment>> PostgresStore::find_segments(BlobKey blob)
{
    co_return co_await pool_.read([&](Connection& db) { return segments_of(db, blob); });
}

Task<> PostgresStore::append_segment(BlobKey blob, Segment segment)
{
    co_return co_await pool_.write([&](Connection& db) { return append(db, blob, segment); });
}

Task<> PostgresStore::cut_segments(BlobKey blob, ByteOffset from, ByteOffset end)
{
    co_return co_await pool_.write([&](Connection& db) { return cut(db, blob, from, end); });
}

Task<> PostgresStore::replace_segments(BlobKey blob, std::vector<Segment> from, Segment whole)
{
    co_return co_await pool_.write([&](Connection& db) { return replace(db, blob, from, whole); });
}

Task<> PostgresStore::remove_segments(std::vector<BlobKey> blobs)
{
    co_return co_await pool_.write([&](Connection& db) { return remove(db, blobs); });
}

}  // namespace fleeting::postgres
