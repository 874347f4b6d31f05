#pragma once

#include "base/result.hpp"
#include "domain/file.hpp"
#include "domain/room.hpp"
#include "domain/tombstone.hpp"
#include "ports/metadata_store.hpp"
#include "ports/operator_store.hpp"

#include <algorithm>

namespace fleeting {

// Records out of a database's row. Every `MetadataStore` on SQL has the same tables with their columns in the same order, and
// migrations only ever add columns at the end; so what stands where is known here alone. A `Row` tells of its columns, by number,
// `is_null`, `integer`, `flag`, `text`, `size`, `instant` and `id<Id>`.

/// A row of `SELECT room.*`.
template <class Row>
Result<Room> read_room(Row const& row)
{
    auto room = Room{};
    TRY(room.id, row.template id<RoomId>(0));
    room.name_key = row.text(1);
    room.display_name = row.text(2);
    room.password_hash = row.text(3);
    room.created_at = row.instant(4);
    room.expires_at = row.instant(5);
    room.version = static_cast<std::uint64_t>(row.integer(6));
    room.uploads_locked = row.flag(7);
    room.used = row.size(8);
    room.size_limit = row.size(9);
    room.file_size_limit = row.size(10);
    room.file_count = static_cast<std::uint32_t>(row.integer(11));
    room.file_count_limit = static_cast<std::uint32_t>(row.integer(12));
    TRY(room.opener, row.template id<OpenerId>(13));
    room.door_locked = row.flag(14);
    return room;
}

/// A row of `SELECT id, display_name, expires_at_ms, file_count`.
template <class Row>
Result<EndedRoom> read_ended_room(Row const& row)
{
    auto room = EndedRoom{};
    TRY(room.id, row.template id<RoomId>(0));
    room.display_name = row.text(1);
    room.expires_at = row.instant(2);
    room.file_count = static_cast<std::uint32_t>(row.integer(3));
    return room;
}

/// Keeps the first rooms: until they and their files are `limit`, but one at least.
inline void keep_first(std::vector<EndedRoom>& rooms, std::size_t limit)
{
    auto rows = std::size_t{0};
    auto const end = std::ranges::find_if(rooms, [&](EndedRoom const& room) {
        auto const is_enough = rows >= limit;
        rows += 1 + room.file_count;
        return is_enough;
    });
    rooms.erase(end, rooms.end());
}

/// A row of `SELECT session.*`.
template <class Row>
Result<Session> read_session(Row const& row)
{
    auto session = Session{};
    TRY(session.room_id, row.template id<RoomId>(0));
    TRY(session.id, row.template id<TokenHash>(1));
    session.role = row.integer(2) == 1 ? Role::owner : Role::member;
    session.nickname = row.text(3);
    session.created_at = row.instant(4);
    return session;
}

/// A row of `SELECT file.*`; its checkpoint and metadata stay behind.
template <class Row>
Result<FileEntry> read_file(Row const& row)
{
    auto file = FileEntry{};
    TRY(file.id, row.template id<FileId>(0));
    TRY(file.room_id, row.template id<RoomId>(1));
    file.name = row.text(2);
    file.size = row.size(3);
    file.length_known = row.flag(4);
    file.offset = ByteOffset{row.size(5).value};
    file.media_type = row.text(6);
    file.state = row.integer(7) == 1 ? FileState::complete : FileState::uploading;
    TRY(file.blob, row.template id<BlobKey>(8));
    if (!row.is_null(9)) {
        TRY(file.sha256, row.template id<Sha256>(9));
    }
    if (!row.is_null(10))
        file.crc32 = static_cast<std::uint32_t>(row.integer(10));
    file.uploader = row.text(11);
    TRY(file.uploader_id, row.template id<TokenHash>(12));
    file.created_at = row.instant(13);
    if (!row.is_null(14))
        file.completed_at = row.instant(14);
    file.is_partial = row.flag(16);
    if (!row.is_null(17)) {
        TRY(file.stated_sha256, row.template id<Sha256>(17));
    }
    if (!row.is_null(18))
        file.unverified_from = ByteOffset{row.size(18).value};
    if (!row.is_null(19))
        file.modified_at = row.instant(19);
    file.completed_version = static_cast<std::uint64_t>(row.integer(20));
    file.concatenated_from = row.text(21);
    file.is_direct = row.flag(23);
    file.scan = static_cast<Scan>(row.integer(24));
    return file;
}

/// A row of `SELECT tombstone.*`.
template <class Row>
Result<Tombstone> read_tombstone(Row const& row)
{
    auto tombstone = Tombstone{};
    TRY(tombstone.room, row.template id<RoomId>(0));
    tombstone.reason = row.integer(1) == 1 ? EndReason::closed : EndReason::expired;
    tombstone.ended_at = row.instant(2);
    tombstone.files = static_cast<std::uint32_t>(row.integer(3));
    tombstone.bytes = row.size(4);
    tombstone.unfinished = static_cast<std::uint32_t>(row.integer(5));
    if (!row.is_null(6))
        tombstone.rows_erased_at = row.instant(6);
    if (!row.is_null(7))
        tombstone.bytes_erased_at = row.instant(7);
    return tombstone;
}

/// Blob, name, size, CRC-32 and time, in this order.
template <class Row>
Result<ArchiveEntry> read_archive_entry(Row const& row)
{
    auto entry = ArchiveEntry{};
    TRY(entry.blob, row.template id<BlobKey>(0));
    entry.name = row.text(1);
    entry.size = row.size(2);
    entry.crc32 = static_cast<std::uint32_t>(row.integer(3));
    entry.modified_at = row.instant(4);
    return entry;
}

/// Id, both times, used bytes, their limit, files, uploads, members and both locks, in this order.
template <class Row>
Result<RoomSummary> read_room_summary(Row const& row)
{
    auto room = RoomSummary{};
    TRY(room.id, row.template id<RoomId>(0));
    room.created_at = row.instant(1);
    room.expires_at = row.instant(2);
    room.used = row.size(3);
    room.size_limit = row.size(4);
    room.files = static_cast<std::uint32_t>(row.integer(5));
    room.uploads = static_cast<std::uint32_t>(row.integer(6));
    room.members = static_cast<std::uint32_t>(row.integer(7));
    room.uploads_locked = row.flag(8);
    room.door_locked = row.flag(9);
    return room;
}

/// A row of `SELECT block.*`.
template <class Row>
Result<Block> read_block(Row const& row)
{
    TRY(auto block, parse_block(row.text(0)));
    block.created_at = row.instant(2);
    return block;
}

/// Rooms, files, bytes, purges and when the first was due, in this order.
template <class Row>
Result<RoomTotals> read_room_totals(Row const& row)
{
    auto totals = RoomTotals{};
    totals.rooms = static_cast<std::uint64_t>(row.integer(0));
    totals.files = static_cast<std::uint64_t>(row.integer(1));
    totals.used = row.size(2);
    totals.purges = static_cast<std::uint64_t>(row.integer(3));
    if (!row.is_null(4))
        totals.oldest_purge = row.instant(4);
    return totals;
}

}  // namespace fleeting
