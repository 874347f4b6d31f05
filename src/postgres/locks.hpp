#pragma once

#include "domain/file.hpp"
#include "domain/room.hpp"
#include "postgres/connection.hpp"

namespace fleeting::postgres {

/// Inside a transaction: the live room, which nobody else changes until its end. errors: not_found
Task<> lock_room(Connection& db, RoomId id, Instant now);

/// Inside a transaction: the file, if it is in that state; it and its room are nobody else's until the end. errors: not_found
Task<FileEntry> lock_file(Connection& db, FileId id, FileState state);

}  // namespace fleeting::postgres
