#pragma once

#include "domain/file.hpp"
#include "postgres/connection.hpp"

#include <vector>

namespace fleeting::postgres {

/// Tells the file who has taken it.
Task<> read_takers(Connection& db, FileEntry& file);
/// Tells each of a room's files.
Task<> read_takers(Connection& db, RoomId room, std::vector<FileEntry>& files);

}  // namespace fleeting::postgres
