#include "sqlite/rows.hpp"

#include "ports/records.hpp"

namespace fleeting::sqlite {

Result<Room> room_of(Statement const& row)
{
    return read_room(row);
}

Result<Session> session_of(Statement const& row)
{
    return read_session(row);
}

Result<FileEntry> file_of(Statement const& row)
{
    return read_file(row);
}

Result<Tombstone> tombstone_of(Statement const& row)
{
    return read_tombstone(row);
}

Result<ArchiveEntry> archive_entry_of(Statement const& row)
{
    return read_archive_entry(row);
}

}  // namespace fleeting::sqlite
