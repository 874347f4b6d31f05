#include "domain/names.hpp"
#include "postgres/locks.hpp"
#include "postgres/postgres_store.hpp"
#include "postgres/rows.hpp"
#include "postgres/taken.hpp"

namespace fleeting::postgres {
namespace {

// Beyond this many equal names in one room something is wrong with the client.
constexpr auto kMostTwins = 1U << 20;

Task<bool> is_name_free(Connection& db, RoomId room, std::string const& name)
{
    CO_TRY(auto const row, co_await db.run("SELECT 1 FROM file WHERE room_id = $1 AND name = $2", room, name));
    co_return row.is_empty();
}

/// The first free number of a `name` that is taken, found by doubling and halving: the 1,000th twin costs 20 look-ups, not 1,000.
Task<std::string> free_name(Connection& db, RoomId room, std::string const& name)
{
    auto taken = 1U;
    auto free = 2U;
    for (; free < kMostTwins; taken = free, free *= 2) {
        CO_TRY(auto const found, co_await is_name_free(db, room, numbered_name(name, free)));
        if (found)
            break;
    }
    while (free - taken > 1) {
        auto const middle = taken + (free - taken) / 2;
        CO_TRY(auto const found, co_await is_name_free(db, room, numbered_name(name, middle)));
        (found ? free : taken) = middle;
    }
    co_return numbered_name(name, free);
}

/// Tells why the conditional update found no room to reserve in.
Task<std::uint64_t> refuse(Connection& db, FileEntry const& file, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT * FROM room WHERE id = $1 AND expires_at_ms > $2", file.room_id, now));
    CO_TRY(auto const room, one(row, room_of, Errc::not_found));
    co_return fail(refusal_of(room));
}

/// Takes the file's size and one file from the room's quota, or nothing: one statement, so no race can go over. Returns the
/// room's new version.
Task<std::uint64_t> reserve(Connection& db, FileEntry const& file, Instant now)
{
    CO_TRY(auto const reserved,
           co_await db.run("UPDATE room SET used_bytes = used_bytes + $3, file_count = file_count + 1, version = version + $4 "
                           "WHERE id = $1 AND expires_at_ms > $2 AND NOT uploads_locked AND used_bytes + $3 <= size_limit_bytes "
                           "AND file_count < file_count_limit RETURNING version",
                           file.room_id, now, file.size, std::int64_t{!file.is_partial}));
    if (reserved.is_empty())
        co_return co_await refuse(db, file, now);
    co_return static_cast<std::uint64_t>(reserved.first().integer(0));
}

std::optional<std::int64_t> to_stored(std::optional<std::uint32_t> value)
{
    return value ? std::optional{std::int64_t{*value}} : std::nullopt;
}

/// False where the room has a file of that name: a failed statement would end the transaction.
Task<bool> insert_file(Connection& db, FileEntry const& file)
{
    CO_TRY(auto const inserted,
           co_await db.run(
               "INSERT INTO file (id, room_id, name, size_bytes, length_known, offset_bytes, media_type, state, blob_key, "
               "uploader, uploader_id, created_at_ms, sha256, crc32, completed_at_ms, is_partial, stated_sha256, "
               "modified_at_ms, completed_version, concatenated_from, metadata, is_direct, scan) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
               "$23) "
               "ON CONFLICT (room_id, name) DO NOTHING",
               file.id, file.room_id, file.name, file.size, file.length_known, file.offset, file.media_type,
               static_cast<std::int64_t>(file.state), file.blob, file.uploader, file.uploader_id, file.created_at, file.sha256,
               to_stored(file.crc32), file.completed_at, file.is_partial, file.stated_sha256, file.modified_at,
               static_cast<std::int64_t>(file.completed_version), file.concatenated_from, file.metadata, file.is_direct,
               static_cast<std::int64_t>(file.scan)));
    co_return inserted.has_changed();
}

/// Makes the name unique and inserts the row, as part of the room's `version`. The room is locked: no name goes in between.
Task<FileChange> add_file(Connection& db, FileEntry file, std::uint64_t version)
{
    file.completed_version = file.is_complete() ? version : 0;
    CO_TRY(auto const is_first, co_await insert_file(db, file));
    if (!is_first) {
        CO_TRY(file.name, co_await free_name(db, file.room_id, file.name));
        CO_TRY(auto const is_in, co_await insert_file(db, file));
        if (!is_in)
            co_return fail(Errc::unavailable, "no free name");
    }
    co_return FileChange{std::move(file), version};
}

Task<FileChange> reserve_and_add(Connection& db, FileEntry const& file, Instant now)
{
    CO_TRY(auto const version, co_await reserve(db, file, now));
    co_return co_await add_file(db, file, version);
}

Task<> write_purges(Connection& db, RoomId room, std::vector<BlobKey> const& blobs, Instant now)
{
    CO_TRY(co_await db.run("INSERT INTO purge (blob_key, not_before_ms, room_id) "
                           "SELECT key, $2::bigint, $3::bytea FROM unnest($1::bytea[]) AS gone (key)",
                           blobs, now, room));
    co_return Result<>{};
}

/// Removes the parts, all of them complete or nothing, and gives back what they held.
Task<> remove_parts(Connection& db, RoomId room, std::vector<FileId> const& parts, Instant now)
{
    CO_TRY(auto const rows,
           co_await db.run("DELETE FROM file WHERE id = ANY($2) AND room_id = $1 AND is_partial AND state = 1 RETURNING *", room,
                           parts));
    CO_TRY(auto const gone, all(rows, file_of));
    if (gone.size() != parts.size())
        co_return fail(Errc::not_found, "not a finished part");
    auto released = ByteCount{0};
    auto blobs = std::vector<BlobKey>{};
    for (auto const& part : gone) {
        released = released + part.size;
        blobs.push_back(part.blob);
    }
    CO_TRY(co_await write_purges(db, room, blobs, now));
    CO_TRY(co_await db.run("UPDATE room SET used_bytes = used_bytes - $2, file_count = file_count - $3 WHERE id = $1", room,
                           released, static_cast<std::int64_t>(parts.size())));
    co_return Result<>{};
}

Task<FileChange> concatenate(Connection& db, FileEntry const& whole, std::vector<FileId> const& parts, Instant now)
{
    CO_TRY(co_await lock_room(db, whole.room_id, now));
    CO_TRY(co_await remove_parts(db, whole.room_id, parts, now));
    co_return co_await reserve_and_add(db, whole, now);
}

Task<FileChange> remove(Connection& db, RoomId room, FileId id, Instant now)
{
    CO_TRY(co_await lock_room(db, room, now));
    CO_TRY(auto const row, co_await db.run("DELETE FROM file WHERE id = $1 AND room_id = $2 RETURNING *", id, room));
    CO_TRY(auto file, one(row, file_of, Errc::not_found));
    auto const blobs = std::vector{file.blob};
    CO_TRY(co_await write_purges(db, room, blobs, now));
    CO_TRY(auto const quota,
           co_await db.run("UPDATE room SET used_bytes = used_bytes - $2, file_count = file_count - 1, version = version + $3 "
                           "WHERE id = $1 RETURNING version",
                           room, file.size, std::int64_t{!file.is_partial}));
    co_return FileChange{std::move(file), static_cast<std::uint64_t>(quota.first().integer(0))};
}

Task<FileChange> remove_and_remember(Connection& db, RoomId room, FileId id, Instant now)
{
    CO_TRY(auto change, co_await remove(db, room, id, now));
    CO_TRY(co_await db.run("INSERT INTO infected (room_id, what) VALUES ($1, $2), ($1, $3) ON CONFLICT DO NOTHING", room,
                           id.hex(), change.file.name));
    co_return change;
}

Task<FileEntry> find(Connection& db, RoomId room, FileId id, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                           "WHERE file.id = $1 AND file.room_id = $2 AND room.expires_at_ms > $3",
                                           id, room, now));
    co_return one(row, file_of, Errc::not_found);
}

Task<FileEntry> find_named(Connection& db, RoomId room, std::string const& name, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                           "WHERE file.room_id = $1 AND file.name = $2 AND room.expires_at_ms > $3",
                                           room, name, now));
    co_return one(row, file_of, Errc::not_found);
}

Task<FileEntry> find_anywhere(Connection& db, FileId id, Instant now)
{
    CO_TRY(auto const row, co_await db.run("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                           "WHERE file.id = $1 AND room.expires_at_ms > $2",
                                           id, now));
    co_return one(row, file_of, Errc::not_found);
}

Task<std::vector<FileEntry>> files_of(Connection& db, RoomId room, Instant now)
{
    CO_TRY(auto const rows, co_await db.run("SELECT file.* FROM file JOIN room ON room.id = file.room_id "
                                            "WHERE file.room_id = $1 AND room.expires_at_ms > $2 AND NOT file.is_partial "
                                            "ORDER BY file.created_at_ms, file.name",
                                            room, now));
    CO_TRY(auto files, all(rows, file_of));
    CO_TRY(co_await read_takers(db, room, files));
    co_return files;
}

}  // namespace

Task<FileChange> PostgresStore::create_file(FileEntry file, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return reserve_and_add(db, file, now); });
}

Task<FileChange> PostgresStore::concatenate_files(FileEntry whole, std::vector<FileId> parts, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return concatenate(db, whole, parts, now); });
}

Task<FileChange> PostgresStore::remove_file(RoomId room, FileId id, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return remove(db, room, id, now); });
}

Task<FileChange> PostgresStore::remove_infected(RoomId room, FileId id, Instant now)
{
    co_return co_await pool_.write([&](Connection& db) { return remove_and_remember(db, room, id, now); });
}

Task<FileEntry> PostgresStore::find_file(RoomId room, FileId id, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return find(db, room, id, now); });
}

Task<FileEntry> PostgresStore::find_file_by_name(RoomId room, std::string name, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return find_named(db, room, name, now); });
}

Task<FileEntry> PostgresStore::find_file_anywhere(FileId id, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return find_anywhere(db, id, now); });
}

Task<std::vector<FileEntry>> PostgresStore::list_files(RoomId room, Instant now)
{
    co_return co_await pool_.read([&](Connection& db) { return files_of(db, room, now); });
}

}  // namespace fleeting::postgres
