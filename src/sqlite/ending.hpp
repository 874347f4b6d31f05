#pragma once

#include "ports/metadata_store.hpp"
#include "sqlite/database.hpp"

namespace fleeting::sqlite {

/// The table of the rooms that a transaction is ending, of this connection alone. Once, before anything else here.
Result<> make_ending_table(Database& db);

/// Inside a transaction: removes rooms with their sessions and files, and writes their tombstones and a purge for each blob: the
/// outbox. Table by table, in the order of the rooms' ids: many at once change each page once.
Result<> end_room_rows(Database& db, std::vector<EndedRoom> const& rooms, Instant now);

/// Inside a transaction: ends the room that holds `name_key` if its time is up, and returns it.
Result<std::optional<EndedRoom>> end_expired_namesake(Database& db, std::string const& name_key, Instant now);

}  // namespace fleeting::sqlite
