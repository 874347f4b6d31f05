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

Result<> insert(Database& db, BlobKey const& blob, Segment const& segment)
{
    TRY(auto row, db.prepare("INSERT INTO segment VALUES (?1, ?2, ?3, ?4)"));
    return row.bind(blob).bind(segment.at).bind(segment.size).bind(static_cast<std::int64_t>(segment.object)).run();
}

Result<> remove(Database& db, BlobKey const& blob)
{
    TRY(auto row, db.prepare("DELETE FROM segment WHERE blob_key = ?1"));
    return row.bind(blob).run();
}

}  // namespace

Task<std::vector<Segment>> SqliteStore::find_segments(BlobKey blob)
{
    co_return co_await reads_.run([&](Database& db) { return segments_of(db, blob); });
}

Task<> SqliteStore::append_segment(BlobKey blob, Segment segment)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const segments, segments_of(db, blob));
        return end_of(segments) == segment.at ? insert(db, blob, segment)
                                              : fail(Errc::upload_busy, "the blob's end is elsewhere");
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

Task<> SqliteStore::replace_segments(BlobKey blob, std::vector<Segment> from, Segment whole)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto const segments, segments_of(db, blob));
        if (segments == std::vector{whole})
            return {};
        if (segments != from)
            return fail(Errc::upload_busy, "the blob's list is another");
        TRY(remove(db, blob));
        return insert(db, blob, whole);
    });
}

Task<> SqliteStore::remove_segments(std::vector<BlobKey> blobs)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        for (auto const& blob : blobs) {
            TRY(remove(db, blob));
        }
        return {};
    });
}

}  // namespace fleeting::sqlite
