#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "domain/block.hpp"
#include "domain/file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

/// What the operator may know of a living room: how large it is and how old, nothing that its members called anything.
struct RoomSummary {
    RoomId id;
    Instant created_at;
    Instant expires_at;
    ByteCount used;
    ByteCount size_limit;
    std::uint32_t files = 0;
    std::uint32_t uploads = 0;  ///< of `files`, those that aren't complete
    std::uint32_t members = 0;
    bool uploads_locked = false;
    bool door_locked = false;
};

/// All living rooms together, and what of others is still to be erased.
struct RoomTotals {
    std::uint64_t rooms = 0;
    std::uint64_t files = 0;
    ByteCount used;
    std::uint64_t purges = 0;             ///< blobs
    std::optional<Instant> oldest_purge;  ///< when the first of them was due
};

/// Rooms as their operator sees them, and what they have blocked. Each function is one transaction.
class OperatorStore {
public:
    virtual ~OperatorStore() = default;
    /// Living rooms, the newest first, `limit` at most.
    virtual Task<std::vector<RoomSummary>> summarize_rooms(Instant now, std::size_t limit) = 0;
    virtual Task<RoomTotals> count_rooms(Instant now) = 0;

    /// One that is there already stays as it is. most: how many of its kind there may be. errors: too_many_blocks
    virtual Task<> add_block(Block block, std::size_t most) = 0;
    /// errors    not_found
    virtual Task<> remove_block(std::string value) = 0;
    /// The oldest first.
    virtual Task<std::vector<Block>> list_blocks() = 0;
    /// Files whose SHA-256 is blocked, `limit` at most.
    virtual Task<std::vector<FileEntry>> list_blocked_files(std::size_t limit) = 0;
};

}  // namespace fleeting
