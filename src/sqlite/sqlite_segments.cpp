#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

Result<Segment> segment_of(Statement const& row)
{
    return Segment{ByteOffset{row.size(0).value}, row.size(1), static_cast<std::uint64_t>(row.integer(2))};
}

Result<std::vector<Segment>> segments_of(Database& db, BlobKey const& blob)
{
    TRY(auto rows, db.prepare("SELECT at_bytes, size_bytes, object FROM segment WHERE blob_key = ?1 ORDER BY at_bytes"));
    rows.bind(blob);
    return all(rows, segment_of);
}

}  // namespace

Task<std::vector<Segment>> SqliteStore::find_segments(BlobKey blob)
{
    co_return co_await reads_.run([&](Database& db) { return segments_of(db, blob); });
}

Task<> SqliteStore::append_segment(BlobKey blob, Segment segment)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("INSERT INTO segment SELECT ?1, ?2, ?3, ?4 WHERE ?2 = coalesce("
                                 "(SELECT max(at_bytes + size_bytes) FROM segment WHERE blob_key = ?1), 0)"));
        row.bind(blob).bind(segment.at).bind(segment.size).bind(static_cast<std::int64_t>(segment.object));
        TRY(row.run());
        return db.changed() == 0 ? fail(Errc::upload_busy, "the blob's end is elsewhere") : Result<>{};
    });
}

Task<> SqliteStore::cut_segments(BlobKey blob, ByteOffset from, ByteOffset end)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const segments, segments_of(db, blob));
        if (end_of(segments) != from)
            return fail(Errc::upload_busy, "the blob's end is elsewhere");
        TRY(auto dropped, db.prepare("DELETE FROM segment WHERE blob_key = ?1 AND at_bytes >= ?2"));
        TRY(dropped.bind(blob).bind(end).run());
        TRY(auto shortened, db.prepare("UPDATE segment SET size_bytes = ?2 - at_bytes "
                                       "WHERE blob_key = ?1 AND at_bytes + size_bytes > ?2"));
        return shortened.bind(blob).bind(end).run();
    });
}

Task<> SqliteStore::remove_segments(std::vector<BlobKey> blobs)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        for (auto const& blob : blobs) {
            TRY(auto row, db.prepare("DELETE FROM segment WHERE blob_key = ?1"));
            TRY(row.bind(blob).run());
        }
        return {};
    });
}

}  // namespace fleeting::sqlite
