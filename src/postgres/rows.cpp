#include "postgres/rows.hpp"

#include "ports/records.hpp"

namespace fleeting::postgres {

Result<Room> room_of(Row const& row)
{
    return read_room(row);
}

Result<Session> session_of(Row const& row)
{
    return read_session(row);
}

Result<FileEntry> file_of(Row const& row)
{
    return read_file(row);
}

Result<Tombstone> tombstone_of(Row const& row)
{
    return read_tombstone(row);
}

Result<ArchiveEntry> archive_entry_of(Row const& row)
{
    return read_archive_entry(row);
}

}  // namespace fleeting::postgres
