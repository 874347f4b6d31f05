#pragma once

#include "domain/file.hpp"
#include "domain/room.hpp"
#include "domain/tombstone.hpp"
#include "ports/operator_store.hpp"
#include "sqlite/database.hpp"

#include <vector>

namespace fleeting::sqlite {

/// Rows of `SELECT *`: ports/records.hpp has the order of the columns.
Result<Room> room_of(Statement const& row);
Result<Session> session_of(Statement const& row);
Result<FileEntry> file_of(Statement const& row);
Result<Tombstone> tombstone_of(Statement const& row);
/// Blob, name, size, CRC-32 and time, in this order.
Result<ArchiveEntry> archive_entry_of(Statement const& row);
/// In the orders of ports/records.hpp.
Result<RoomSummary> room_summary_of(Statement const& row);
Result<RoomTotals> room_totals_of(Statement const& row);
Result<Block> block_of(Statement const& row);

/// The first row by `read`, or `absent` where there is none.
template <class T>
Result<T> one(Statement& statement, Result<T> (*read)(Statement const&), Errc absent)
{
    TRY(auto const found, statement.step());
    if (!found)
        return fail(absent, "no row");
    return read(statement);
}

/// Every row by `read`.
template <class T>
Result<std::vector<T>> all(Statement& statement, Result<T> (*read)(Statement const&))
{
    auto rows = std::vector<T>{};
    while (true) {
        TRY(auto const found, statement.step());
        if (!found)
            return rows;
        TRY(auto row, read(statement));
        rows.push_back(std::move(row));
    }
}

}  // namespace fleeting::sqlite
