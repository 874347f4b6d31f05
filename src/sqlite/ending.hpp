#pragma once

#include "ports/metadata_store.hpp"
#include "sqlite/database.hpp"

namespace fleeting::sqlite {

/// Inside a transaction: removes a room with its sessions and files, and writes its tombstone and a purge for each blob: the
/// outbox.
Result<EndedRoom> end_room_rows(Database& db, EndedRoom room, Instant now);

/// Inside a transaction: ends the room that holds `name_key` if its time is up, and returns it.
Result<std::optional<EndedRoom>> end_expired_namesake(Database& db, std::string const& name_key, Instant now);

}  // namespace fleeting::sqlite
