#pragma once

#include "ports/metadata_store.hpp"
#include "postgres/connection.hpp"

namespace fleeting::postgres {

/// Inside a transaction that has locked them: removes rooms with their sessions and files, and writes their tombstones and a
/// purge for each blob: the outbox.
Task<> end_room_rows(Connection& db, std::vector<EndedRoom> const& rooms, Instant now);

/// Inside a transaction: ends the room that holds `name_key` if its time is up, and returns it.
Task<std::optional<EndedRoom>> end_expired_namesake(Connection& db, std::string const& name_key, Instant now);

}  // namespace fleeting::postgres
