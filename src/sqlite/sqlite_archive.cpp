#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::sqlite {
namespace {

constexpr auto kLatest = std::uint64_t{1} << 62;

// Answered by the index `file_archive` alone: a hundred thousand rows by their random ids would be as many pages.
constexpr auto kWhole = std::string_view{
    "SELECT blob_key, name, size_bytes, crc32, coalesce(modified_at_ms, completed_at_ms) FROM file "
    "JOIN room ON room.id = file.room_id WHERE file.room_id = ?1 AND room.expires_at_ms > ?2 AND completed_version <= ?3 "
    "AND state = 1 AND is_partial = 0 AND scan <> 1 ORDER BY completed_version"};
constexpr auto kOne = std::string_view{
    "SELECT blob_key, name, size_bytes, crc32, coalesce(modified_at_ms, completed_at_ms) FROM file "
    "JOIN room ON room.id = file.room_id WHERE file.room_id = ?1 AND room.expires_at_ms > ?2 AND completed_version <= ?3 "
    "AND state = 1 AND is_partial = 0 AND scan <> 1 AND file.id = ?4"};

Result<std::vector<ArchiveEntry>> entries_by_id(Database& db, RoomId room, Instant now, std::int64_t at,
                                                std::vector<FileId> const& ids)
{
    auto entries = std::vector<ArchiveEntry>{};
    for (auto const& id : ids) {
        TRY(auto row, db.prepare(kOne));
        row.bind(room).bind(now).bind(at).bind(id);
        TRY(auto found, all(row, archive_entry_of));
        for (auto& entry : found)
            entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace

Task<std::vector<ArchiveEntry>> SqliteStore::list_archive(RoomId room, std::optional<std::uint64_t> at, std::vector<FileId> ids,
                                                          Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<ArchiveEntry>> {
        auto const version = static_cast<std::int64_t>(std::min(at.value_or(kLatest), kLatest));
        if (!ids.empty())
            return entries_by_id(db, room, now, version, ids);
        TRY(auto rows, db.prepare(kWhole));
        rows.bind(room).bind(now).bind(version);
        return all(rows, archive_entry_of);
    });
}

}  // namespace fleeting::sqlite
