#pragma once

#include "domain/file.hpp"
#include "domain/room.hpp"
#include "domain/tombstone.hpp"
#include "ports/operator_store.hpp"
#include "postgres/answer.hpp"

#include <vector>

namespace fleeting::postgres {

/// Rows of `SELECT *`: ports/records.hpp has the order of the columns.
Result<Room> room_of(Row const& row);
Result<Session> session_of(Row const& row);
Result<FileEntry> file_of(Row const& row);
Result<Tombstone> tombstone_of(Row const& row);
/// Blob, name, size, CRC-32 and time, in this order.
Result<ArchiveEntry> archive_entry_of(Row const& row);
/// In the orders of ports/records.hpp.
Result<RoomSummary> room_summary_of(Row const& row);
Result<RoomTotals> room_totals_of(Row const& row);
Result<Block> block_of(Row const& row);

/// The first row by `read`, or `absent` where there is none.
template <class T>
Result<T> one(Answer const& answer, Result<T> (*read)(Row const&), Errc absent)
{
    return answer.is_empty() ? fail(absent, "no row") : read(answer.first());
}

/// Every row by `read`.
template <class T>
Result<std::vector<T>> all(Answer const& answer, Result<T> (*read)(Row const&))
{
    auto rows = std::vector<T>{};
    rows.reserve(static_cast<std::size_t>(answer.count()));
    for (auto number = 0; number < answer.count(); ++number) {
        TRY(auto row, read(answer.row(number)));
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace fleeting::postgres
