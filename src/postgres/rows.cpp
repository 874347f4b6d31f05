#include "postgres/rows.hpp"

namespace fleeting::postgres {

Result<Room> room_of(Row const& row)
{
    auto room = Room{};
    TRY(room.id, row.id<RoomId>(0));
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
    TRY(room.opener, row.id<OpenerId>(13));
    room.door_locked = row.flag(14);
    return room;
}

Result<Session> session_of(Row const& row)
{
    auto session = Session{};
    TRY(session.room_id, row.id<RoomId>(0));
    TRY(session.id, row.id<TokenHash>(1));
    session.role = row.integer(2) == 1 ? Role::owner : Role::member;
    session.nickname = row.text(3);
    session.created_at = row.instant(4);
    return session;
}

Result<FileEntry> file_of(Row const& row)
{
    auto file = FileEntry{};
    TRY(file.id, row.id<FileId>(0));
    TRY(file.room_id, row.id<RoomId>(1));
    file.name = row.text(2);
    file.size = row.size(3);
    file.length_known = row.flag(4);
    file.offset = ByteOffset{row.size(5).value};
    file.media_type = row.text(6);
    file.state = row.integer(7) == 1 ? FileState::complete : FileState::uploading;
    TRY(file.blob, row.id<BlobKey>(8));
    if (!row.is_null(9)) {
        TRY(file.sha256, row.id<Sha256>(9));
    }
    if (!row.is_null(10))
        file.crc32 = static_cast<std::uint32_t>(row.integer(10));
    file.uploader = row.text(11);
    TRY(file.uploader_id, row.id<TokenHash>(12));
    file.created_at = row.instant(13);
    if (!row.is_null(14))
        file.completed_at = row.instant(14);
    file.is_partial = row.flag(15);
    if (!row.is_null(16)) {
        TRY(file.stated_sha256, row.id<Sha256>(16));
    }
    if (!row.is_null(17))
        file.unverified_from = ByteOffset{row.size(17).value};
    if (!row.is_null(18))
        file.modified_at = row.instant(18);
    file.completed_version = static_cast<std::uint64_t>(row.integer(19));
    file.concatenated_from = row.text(20);
    return file;
}

}  // namespace fleeting::postgres
