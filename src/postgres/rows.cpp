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

Result<RoomSummary> room_summary_of(Row const& row)
{
    return read_room_summary(row);
}

Result<Block> block_of(Row const& row)
{
    return read_block(row);
}

Result<RoomTotals> room_totals_of(Row const& row)
{
    return read_room_totals(row);
}

}  // namespace fleeting::postgres
