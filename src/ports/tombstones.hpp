#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "domain/tombstone.hpp"

#include <vector>

// Tombstones and receipts (ADR 17).

namespace fleeting {

/// A tombstone that doesn't tell yet when everything was gone.
struct OpenTombstone {
    RoomId room;
    bool has_blobs = false;  ///< purges of the room are left
};

/// Tombstones, as rows. Ending a room writes its own, in the same transaction, with who may see it: each of the room's sessions.
/// Each function is one transaction.
class TombstoneStore {
public:
    virtual ~TombstoneStore() = default;
    /// The one that any of `holders` may see; of several that of the latest end.
    /// errors    not_found (also where it ended at `ended_by` or before: it is forgotten)
    virtual Task<Tombstone> find_tombstone(std::vector<HolderId> holders, Instant ended_by) = 0;
    /// All of them, in no order.
    virtual Task<std::vector<Tombstone>> list_tombstones() = 0;
    /// Those that `note_erasures` has something to write at. Their rows are gone, and what a log of ours held of them.
    virtual Task<std::vector<OpenTombstone>> list_open_tombstones() = 0;
    /// Writes `now`, or the end if that is later, where nothing is yet: for rows at all, for bytes at those without blobs.
    virtual Task<> note_erasures(std::vector<OpenTombstone> open, Instant now) = 0;
    /// Removes those that ended at `ended_by` or before.
    virtual Task<> forget_tombstones(Instant ended_by) = 0;
    /// Every room that has a row, ended or not.
    virtual Task<std::vector<RoomId>> list_rooms() = 0;
};

/// That a room has ended, where a backup of the database can't take it back.
struct EndedMark {
    RoomId room;
    Instant ended_at;
};

/// Keeps marks apart from the database. Thread-safe.
class TombstoneKeeper {
public:
    virtual ~TombstoneKeeper() = default;
    /// Returns once they outlive this process. until: when no copy of the rooms could be alive any more; the latest of all of
    /// them. errors: storage_full, unavailable
    virtual Task<> keep(std::vector<EndedMark> marks, Instant until) = 0;
    /// errors    unavailable
    virtual Task<std::vector<EndedMark>> list() = 0;
    /// Erases those whose time is up.
    virtual Task<> forget(Instant now) = 0;
};

}  // namespace fleeting
