#pragma once

#include "base/clock.hpp"
#include "ports/metadata_store.hpp"

#include <string>
#include <vector>

namespace fleeting {

struct TombstoneParts {
    MetadataStore& store;
    TombstoneKeeper* keeper;  ///< null: nothing is kept apart from the database
    Clock const& clock;
};

/// What is kept of rooms that have ended (ADR 17): for members, what was erased when; for this server, that a room which a backup
/// brings back stays ended. Thread-safe.
class Tombstones {
public:
    /// longest   no room lives longer, so no copy of one is alive so long after its end
    Tombstones(TombstoneParts parts, Seconds longest) : parts_(parts), longest_(longest) {}

    /// Ends every room in the database that has ended before, and keeps apart what a crash left unkept. Before anything is
    /// served. Returns how many rooms those were. errors: unavailable
    Task<std::size_t> apply();
    /// Keeps apart that `rooms` have ended by `now`. A failure is logged: they have ended all the same.
    net::awaitable<void> keep(std::vector<EndedRoom> rooms, Instant now);
    /// That of the room `name_key` that one of `sessions` was in when it ended. What it costs doesn't tell whether there is one.
    /// errors    not_found (also once it is older than it is kept)
    Task<Tombstone> find(std::string const& name_key, std::vector<TokenHash> const& sessions);
    /// Writes down what is seen to be gone by now.
    Task<> note();
    /// Erases what is older than it is kept.
    Task<> forget();

private:
    Task<std::vector<EndedMark>> known();
    /// kept, known   both kept by the caller
    Task<> keep_missing(std::vector<EndedMark> const& kept, std::vector<EndedMark> const& known);

    TombstoneParts parts_;
    Seconds longest_;
};

}  // namespace fleeting
