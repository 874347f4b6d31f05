#pragma once

#include "domain/file.hpp"
#include "sqlite/database.hpp"

#include <vector>

namespace fleeting::sqlite {

/// Tells the file who has taken it.
Result<> read_takers(Database& db, FileEntry& file);
/// Tells each of a room's files.
Result<> read_takers(Database& db, RoomId room, std::vector<FileEntry>& files);

}  // namespace fleeting::sqlite
