#include "domain/names.hpp"
#include "sqlite/rows.hpp"
#include "sqlite/sqlite_store.hpp"
#include "sqlite/taken.hpp"

namespace fleeting::sqlite {
namespace {

// Beyond this many equal names in one room something is wrong with the client.
constexpr auto kMostTwins = 1U << 20;

Result<bool> is_name_free(Database& db, RoomId room, std::string const& name)
{
    TRY(auto row, db.prepare("SELECT 1 FROM file WHERE room_id = ?1 AND name = ?2"));
    row.bind(room).bind(name);
    TRY(auto const found, row.step());
    return !found;
}

/// The first free number of a `name` that is taken, found by doubling and halving: the 1,000th twin costs 20 look-ups, not 1,000.
Result<std::string> free_name(Database& db, RoomId room, std::string const& name)
{
    auto taken = 1U;
    auto free = 2U;
    for (; free < kMostTwins; taken = free, free *= 2) {
        TRY(auto const found, is_name_free(db, room, numbered_name(name, free)));
        if (found)
            break;
    }
    while (free - taken > 1) {
        auto const middle = taken + (free - taken) / 2;
        TRY(auto const found, is_name_free(db, room, numbered_name(name, middle)));
        (found ? free : taken) = middle;
    }
    return numbered_name(name, free);
}

/// Why the conditional update found no room to reserve in.
Error reason_of_refusal(Database& db, FileEntry const& file, Instant now)
{
    auto row = db.prepare("SELECT * FROM room WHERE id = ?1 AND expires_at_ms > ?2");
    if (!row)
        return row.error();
    row->bind(file.room_id).bind(now);
    auto const room = one(*row, room_of, Errc::not_found);
    return room ? refusal_of(*room) : room.error();
}

/// Takes `size` bytes and one file from the room's quota, or nothing: one statement, so no race can go over. Returns the
/// room's new version.
Result<std::uint64_t> reserve(Database& db, FileEntry const& file, Instant now)
{
    {
        TRY(auto row,
            db.prepare("UPDATE room SET used_bytes = used_bytes + ?3, file_count = file_count + 1, version = version + ?4 "
                       "WHERE id = ?1 AND expires_at_ms > ?2 AND uploads_locked = 0 AND used_bytes + ?3 <= size_limit_bytes "
                       "AND file_count < file_count_limit RETURNING version"));
        row.bind(file.room_id).bind(now).bind(file.size).bind(std::int64_t{!file.is_partial});
        TRY(auto const reserved, row.step());
        if (reserved)
            return static_cast<std::uint64_t>(row.integer(0));
    }
    return fail(reason_of_refusal(db, file, now));
}

std::optional<std::int64_t> to_stored(std::optional<std::uint32_t> value)
{
    return value ? std::optional{std::int64_t{*value}} : std::nullopt;
}

Result<> insert_file(Database& db, FileEntry const& file)
{
    TRY(auto row,
        db.prepare(
            "INSERT INTO file (id, room_id, name, size_bytes, length_known, offset_bytes, media_type, state, blob_key, "
            "uploader, uploader_id, created_at_ms, sha256, crc32, completed_at_ms, is_partial, stated_sha256, "
            "modified_at_ms, completed_version, concatenated_from, metadata, is_direct, scan) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"));
    row.bind(file.id).bind(file.room_id).bind(file.name).bind(file.size).bind(std::int64_t{file.length_known});
    row.bind(file.offset).bind(file.media_type).bind(std::int64_t{file.is_complete()}).bind(file.blob).bind(file.uploader);
    row.bind(file.uploader_id).bind(file.created_at).bind(file.sha256).bind(to_stored(file.crc32)).bind(file.completed_at);
    row.bind(std::int64_t{file.is_partial}).bind(file.stated_sha256).bind(file.modified_at);
    row.bind(static_cast<std::int64_t>(file.completed_version)).bind(file.concatenated_from).bind(file.metadata);
    row.bind(std::int64_t{file.is_direct}).bind(static_cast<std::int64_t>(file.scan));
    return row.run();
}

/// Makes the name unique and inserts the row, as part of the room's `version`.
Result<FileChange> add_file(Database& db, FileEntry file, std::uint64_t version)
{
    file.completed_version = file.is_complete() ? version : 0;
    auto inserted = insert_file(db, file);
    if (!inserted && inserted.error().code == Errc::name_taken) {
        TRY(file.name, free_name(db, file.room_id, file.name));
        inserted = insert_file(db, file);
    }
    TRY(std::move(inserted));
    return FileChange{std::move(file), version};
}

Result<FileEntry> find(Database& db, RoomId room, FileId id, Instant now)
{
    TRY(auto row, db.prepare("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                             "WHERE file.id = ?1 AND file.room_id = ?2 AND room.expires_at_ms > ?3"));
    row.bind(id).bind(room).bind(now);
    return one(row, file_of, Errc::not_found);
}

/// Removes a file's row and writes the purge of its blob.
Result<> delete_with_purge(Database& db, FileEntry const& file, Instant now)
{
    {
        TRY(auto purge, db.prepare("INSERT INTO purge (blob_key, not_before_ms, room_id) VALUES (?1, ?2, ?3)"));
        TRY(purge.bind(file.blob).bind(now).bind(file.room_id).run());
    }
    TRY(auto gone, db.prepare("DELETE FROM file WHERE id = ?1"));
    return gone.bind(file.id).run();
}

Result<FileChange> remove(Database& db, RoomId room, FileId id, Instant now)
{
    TRY(auto file, find(db, room, id, now));
    TRY(delete_with_purge(db, file, now));
    TRY(auto quota,
        db.prepare("UPDATE room SET used_bytes = used_bytes - ?2, file_count = file_count - 1, version = version + ?3 "
                   "WHERE id = ?1 RETURNING version"));
    TRY(quota.bind(room).bind(file.size).bind(std::int64_t{!file.is_partial}).step());
    return FileChange{std::move(file), static_cast<std::uint64_t>(quota.integer(0))};
}

}  // namespace

Task<FileChange> SqliteStore::concatenate_files(FileEntry whole, std::vector<FileId> parts, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        auto released = ByteCount{0};
        for (auto const& id : parts) {
            TRY(auto const part, find(db, whole.room_id, id, now));
            if (!part.is_partial || !part.is_complete())
                return fail(Errc::not_found, "not a finished part");
            TRY(delete_with_purge(db, part, now));
            released = released + part.size;
        }
        {
            // What the parts held is given back first: the whole needs just as much.
            TRY(auto quota,
                db.prepare("UPDATE room SET used_bytes = used_bytes - ?2, file_count = file_count - ?3 WHERE id = ?1"));
            TRY(quota.bind(whole.room_id).bind(released).bind(static_cast<std::int64_t>(parts.size())).run());
        }
        TRY(auto const version, reserve(db, whole, now));
        return add_file(db, std::move(whole), version);
    });
}

Task<FileChange> SqliteStore::create_file(FileEntry file, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        TRY(auto const version, reserve(db, file, now));
        return add_file(db, std::move(file), version);
    });
}

Task<FileEntry> SqliteStore::find_file(RoomId room, FileId id, Instant now)
{
    co_return co_await reads_.run([&](Database& db) { return find(db, room, id, now); });
}

Task<FileEntry> SqliteStore::find_file_by_name(RoomId room, std::string name, Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<FileEntry> {
        TRY(auto row, db.prepare("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                 "WHERE file.room_id = ?1 AND file.name = ?2 AND room.expires_at_ms > ?3"));
        row.bind(room).bind(name).bind(now);
        return one(row, file_of, Errc::not_found);
    });
}

Task<FileEntry> SqliteStore::find_file_anywhere(FileId id, Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<FileEntry> {
        TRY(auto row, db.prepare("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                 "WHERE file.id = ?1 AND room.expires_at_ms > ?2"));
        row.bind(id).bind(now);
        return one(row, file_of, Errc::not_found);
    });
}

Task<std::vector<FileEntry>> SqliteStore::list_files(RoomId room, Instant now)
{
    co_return co_await reads_.run([&](Database& db) -> Result<std::vector<FileEntry>> {
        TRY(auto row, db.prepare("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                 "WHERE file.room_id = ?1 AND room.expires_at_ms > ?2 AND file.is_partial = 0 "
                                 "ORDER BY file.created_at_ms, file.name"));
        row.bind(room).bind(now);
        TRY(auto files, all(row, file_of));
        TRY(read_takers(db, room, files));
        return files;
    });
}

Task<FileChange> SqliteStore::remove_file(RoomId room, FileId id, Instant now)
{
    co_return co_await writes_.run([&](Database& db) { return remove(db, room, id, now); });
}

Task<FileChange> SqliteStore::remove_infected(RoomId room, FileId id, Instant now)
{
    co_return co_await writes_.run([&](Database& db) -> Result<FileChange> {
        TRY(auto change, remove(db, room, id, now));
        for (auto const& what : {id.hex(), change.file.name}) {
            TRY(auto row, db.prepare("INSERT OR IGNORE INTO infected (room_id, what) VALUES (?1, ?2)"));
            TRY(row.bind(room).bind(what).run());
        }
        return change;
    });
}

}  // namespace fleeting::sqlite
