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

Result<RoomSummary> room_summary_of(Statement const& row)
{
    return read_room_summary(row);
}

Result<Block> block_of(Statement const& row)
{
    return read_block(row);
}

Result<RoomTotals> room_totals_of(Statement const& row)
{
    return read_room_totals(row);
}

}  // namespace fleeting::sqlite
