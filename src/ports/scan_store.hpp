#pragma once

#include "async/task.hpp"
#include "base/units.hpp"
#include "domain/file.hpp"
#include "ports/file_change.hpp"

#include <optional>
#include <string>

namespace fleeting {

/// Complete files that wait to be found clean.
struct ScanQueue {
    std::uint64_t files = 0;
    std::optional<Instant> oldest;  ///< when the one that waits longest was complete
};

/// What all nodes must know of a virus scan (ADR 21). Each function is one transaction.
class ScanStore {
public:
    virtual ~ScanStore() = default;
    /// Once at a start. On: files that were never checked wait for it from now on. Off: none waits any more.
    virtual Task<> turn_scans(bool on) = 0;
    /// A complete file that waits, of those that are due the one that has been so for longest; nobody else is given it before
    /// `until`. Nothing where none is due.
    virtual Task<std::optional<FileEntry>> claim_scan(Instant now, Instant until) = 0;
    /// Lets the claim that runs until `until` run until `later`: to go on, or for others to try then.
    /// errors    not_found (the file is gone, or isn't the caller's any more)
    virtual Task<> move_scan_claim(FileId id, Instant until, Instant later) = 0;
    /// Offers the file, as part of the room's new version. errors: not_found (gone, or offered already)
    virtual Task<FileChange> finish_scan(FileId id, Scan outcome, Instant now) = 0;
    /// As `remove_file`, and `was_infected` tells so for as long as the room lives. errors: not_found
    virtual Task<FileChange> remove_infected(RoomId room, FileId id, Instant now) = 0;
    /// Whether the room had a file of that id (in hex), or of that name, that was removed so.
    virtual Task<bool> was_infected(RoomId room, std::string what) = 0;
    virtual Task<ScanQueue> scan_queue() = 0;
};

}  // namespace fleeting
