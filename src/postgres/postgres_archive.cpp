#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"

namespace fleeting::postgres {
namespace {

constexpr auto kLatest = std::uint64_t{1} << 62;

Task<std::vector<ArchiveEntry>> whole(Connection& db, RoomId room, std::int64_t at, Instant now)
{
    CO_TRY(
        auto const rows,
        co_await db.run("SELECT blob_key, name, size_bytes, crc32, coalesce(modified_at_ms, completed_at_ms) FROM file "
                        "JOIN room ON room.id = file.room_id WHERE file.room_id = $1 AND room.expires_at_ms > $2 "
                        "AND completed_version <= $3 AND state = 1 AND NOT is_partial AND scan <> 1 ORDER BY completed_version",
                        room, now, at));
    co_return all(rows, archive_entry_of);
}

Task<std::vector<ArchiveEntry>> part(Connection& db, RoomId room, std::int64_t at, std::vector<FileId> const& ids, Instant now)
{
    CO_TRY(auto const rows,
           co_await db.run("SELECT blob_key, name, size_bytes, crc32, coalesce(modified_at_ms, completed_at_ms) FROM file "
                           "JOIN room ON room.id = file.room_id WHERE file.room_id = $1 AND room.expires_at_ms > $2 "
                           "AND completed_version <= $3 AND state = 1 AND NOT is_partial AND scan <> 1 AND file.id = ANY($4) "
                           "ORDER BY array_position($4, file.id)",
                           room, now, at, ids));
    co_return all(rows, archive_entry_of);
}

}  // namespace

Task<std::vector<ArchiveEntry>> PostgresStore::list_archive(RoomId room, std::optional<std::uint64_t> at, std::vector<FileId> ids,
                                                            Instant now)
{
    auto const version = static_cast<std::int64_t>(std::min(at.value_or(kLatest), kLatest));
    if (ids.empty())
        co_return co_await pool_.read([&](Connection& db) { return whole(db, room, version, now); });
    co_return co_await pool_.read([&](Connection& db) { return part(db, room, version, ids, now); });
}

}  // namespace fleeting::postgres
