#pragma once

#include "async/task.hpp"
#include "base/clock.hpp"
#include "domain/file.hpp"
#include "domain/room.hpp"
#include "ports/direct_uploads.hpp"
#include "ports/file_change.hpp"
#include "ports/operator_store.hpp"
#include "ports/scan_store.hpp"
#include "ports/segment_store.hpp"
#include "ports/tombstones.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fleeting {

/// A room whose rows have just been removed; its blobs are in the outbox.
struct EndedRoom {
    RoomId id;
    std::string display_name;
    Instant expires_at;
    std::uint32_t file_count = 0;
};

/// Files that a member has taken for the first time, with the room's new version; none: nothing changed.
struct Taking {
    std::vector<FileId> files;
    std::uint64_t room_version = 0;
};

/// How many of those who have taken a file are told; more than that nobody counts.
inline constexpr auto kMostTakers = std::int64_t{200};

/// What an upload has come to.
struct Completion {
    ByteCount size;
    std::uint32_t crc32 = 0;
    std::optional<Sha256> sha256;  ///< nothing: not computed to its end yet
};

/// A room, and who of those that asked is in it.
struct Membership {
    Room room;
    Session session;
};

/// What of a living room tells that something has changed.
struct RoomMark {
    RoomId id;
    std::uint64_t version = 0;
    Instant expires_at;
    std::uint32_t sessions = 0;
    Instant newest_session;  ///< when it was created

    friend bool operator==(RoomMark const&, RoomMark const&) = default;
};

/// Rooms and sessions, as rows. Every function is one transaction, hops to the SQL pool, and answers `unavailable` for a lost
/// database and `busy` for a full pool beside what it names. A room past `now` is as absent as one that never was.
class RoomStore {
public:
    virtual ~RoomStore() = default;

    /// A name is free at its room's deadline: a room that still has it then is ended, as by `end_room`, and returned.
    /// most_alive   how many live rooms its opener may have then, this one included
    /// errors       name_taken, rate_limited with retry_after_seconds (until the first of the opener's rooms ends)
    virtual Task<std::optional<EndedRoom>> create_room(Room room, Session owner, std::uint32_t most_alive) = 0;
    /// errors    not_found
    virtual Task<Room> find_room(std::string name_key, Instant now) = 0;
    virtual Task<Room> find_room_by_id(RoomId id, Instant now) = 0;
    /// Applies `change`, raises the version, returns the room as it is then. The clock is asked once the room is held: who had to
    /// wait for that revives no room whose time has come meanwhile. errors: not_found
    virtual Task<Room> change_room(RoomId id, RoomChange change, Clock const& clock) = 0;
    /// Removes the room with sessions and files, writing a purge for each blob, and its tombstone: it ended at `now`, or at its
    /// deadline if that is before. errors: not_found
    virtual Task<EndedRoom> end_room(RoomId id, Instant now) = 0;

    /// Inserts, or replaces the nickname where the id is known (HTTP Basic).
    /// most     members the room may have then
    /// errors   not_found (the room ended), door_locked, too_many_members
    virtual Task<> add_session(Session session, std::uint32_t most, Instant now) = 0;
    /// The live room of that name, with the first of `sessions` that is one of its own. Where none is, what it costs doesn't tell
    /// whether there is such a room. errors: no_session
    virtual Task<Membership> find_membership(std::string name_key, std::vector<TokenHash> sessions, Instant now) = 0;
    virtual Task<> remove_session(RoomId room, TokenHash id) = 0;
    virtual Task<std::vector<Session>> list_sessions(RoomId room) = 0;
    /// Of those rooms the ones that have their rows, past their deadlines too (a change that came just before one may have given
    /// the room more time), in no order.
    virtual Task<std::vector<RoomMark>> room_marks(std::vector<RoomId> rooms) = 0;

    /// The earliest `expires_at` of all rooms that no other node is just ending. Nothing where there is no room.
    virtual Task<std::optional<Instant>> next_expiry() = 0;
    /// Up to `limit` rooms whose time is up: those that `expire_rooms` ends next, and perhaps more. Nothing that is in progress
    /// now gives one of them more time.
    virtual Task<std::vector<RoomId>> due_rooms(Instant now, std::size_t limit) = 0;
    /// Ends rooms whose time is up, as `end_room` does, in one transaction: until they and their files are `limit`, but one at
    /// least. None: there are no more. Safe to run on several nodes at once.
    virtual Task<std::vector<EndedRoom>> expire_rooms(Instant now, std::size_t limit) = 0;
    /// Pulls every `expires_at` that lies beyond `latest` back to it (after a start with a clock that had been wrong).
    virtual Task<> clamp_expiry(Instant latest) = 0;
};

/// Files, uploads, and the outbox of purges.
class FileStore {
public:
    virtual ~FileStore() = default;

    /// Reserves the size and one file in the room by one conditional update, makes the name unique (` (2)`), inserts the row,
    /// which may be complete already. A partial upload raises no version, as nobody is told of it.
    /// errors    room_full, too_many_files, uploads_locked, not_found (room)
    virtual Task<FileChange> create_file(FileEntry file, Instant now) = 0;
    /// Reserves more for an upload of unknown length: `size` becomes `new_size`. errors: room_full, not_found
    virtual Task<> grow_file(FileId id, ByteCount new_size) = 0;
    /// Tells the length of an upload that had none yet, with its reservation. errors: room_full, length_conflict, not_found
    virtual Task<> set_length(FileId id, ByteCount length) = 0;
    /// Bytes from `from` on don't count before a checkpoint behind it; nothing: all count. errors: not_found
    virtual Task<> hold_back(FileId id, std::optional<ByteOffset> from) = 0;
    /// Removes the complete partial uploads `parts`, writing their purges, and inserts `whole`, complete, in their place.
    /// errors    not_found (one of them is gone), uploads_locked
    virtual Task<FileChange> concatenate_files(FileEntry whole, std::vector<FileId> parts, Instant now) = 0;
    /// errors    not_found (also for a file of another room, or of a room past `now`)
    virtual Task<FileEntry> find_file(RoomId room, FileId id, Instant now) = 0;
    virtual Task<FileEntry> find_file_by_name(RoomId room, std::string name, Instant now) = 0;
    virtual Task<FileEntry> find_file_anywhere(FileId id, Instant now) = 0;
    virtual Task<std::vector<FileEntry>> list_files(RoomId room, Instant now) = 0;
    /// Every upload of every room: what isn't complete yet.
    virtual Task<std::vector<FileEntry>> list_uploads() = 0;
    /// Complete files whose SHA-256 isn't known yet, partial and direct uploads left out.
    virtual Task<std::vector<FileEntry>> list_undigested() = 0;
    /// The complete files of a room as they were at its version `at` (nothing: now), in the order they were completed; those
    /// removed since are missing. `ids`: only these (empty: all).
    virtual Task<std::vector<ArchiveEntry>> list_archive(RoomId room, std::optional<std::uint64_t> at, std::vector<FileId> ids,
                                                         Instant now) = 0;
    /// The stored checkpoint (offset 0 and empty where none). errors: not_found
    virtual Task<HashCheckpoint> find_checkpoint(FileId id) = 0;
    /// The raw metadata an upload was created with. errors: not_found
    virtual Task<std::string> find_metadata(FileId id) = 0;
    /// Records how far an upload is, where that is no step back, and counts what was held back before there; of a complete file
    /// without SHA-256 how far that is. errors: not_found (removed meanwhile, or further already)
    virtual Task<> save_checkpoint(FileId id, HashCheckpoint checkpoint) = 0;
    /// Marks it complete, sets size and offset to its size (releasing a surplus reservation), raises the room's version.
    /// errors    not_found (removed, or room past `now`)
    virtual Task<FileChange> complete_file(FileId id, Completion completion, Instant now) = 0;
    /// Tells the SHA-256 of a complete file, raising the room's version. errors: not_found
    virtual Task<FileChange> set_sha256(FileId id, Sha256 sha256, Instant now) = 0;
    /// Removes the row, releases the quota, writes the purge, raises the version. errors: not_found
    virtual Task<FileChange> remove_file(RoomId room, FileId id, Instant now) = 0;

    /// Remembers that `session` has all of those files of the room whose blobs these are; raises the version where that is new of
    /// one. Blobs of no file are passed over, as are files that `kMostTakers` have.
    virtual Task<Taking> mark_taken(RoomId room, std::vector<BlobKey> blobs, TokenHash session) = 0;

    virtual Task<std::vector<Purge>> due_purges(Instant now, std::size_t limit) = 0;
    virtual Task<> finish_purges(std::vector<BlobKey> erased) = 0;
    virtual Task<> postpone_purge(BlobKey blob, Instant not_before) = 0;
    /// Those of `keys` that no file row names: orphans.
    virtual Task<std::vector<BlobKey>> unknown_blobs(std::vector<BlobKey> keys) = 0;
};

/// Small facts that outlive the process.
class SettingsStore {
public:
    virtual ~SettingsStore() = default;
    /// The value stored under `name`; where there is none, stores `fresh` and returns it.
    virtual Task<std::string> get_or_insert(std::string name, std::string fresh) = 0;
    /// The value under `name`; empty if there is none.
    virtual Task<std::string> find_setting(std::string name) = 0;
    /// Stores `value` and returns what was there before (empty if nothing).
    virtual Task<std::string> exchange(std::string name, std::string value) = 0;
    /// Forgets `name` and its value; nothing happens where it isn't there.
    virtual Task<> remove_setting(std::string name) = 0;
    /// The database's own time; nothing where it goes by this machine's clock.
    virtual Task<std::optional<Instant>> clock() = 0;
    /// Cheap proof that the database answers, for /readyz.
    virtual Task<> check() = 0;
};

/// The truth about rooms and files. Implemented by `sqlite` and `postgres`.
class MetadataStore : public RoomStore,
                      public FileStore,
                      public SettingsStore,
                      public SegmentStore,
                      public DirectUploadStore,
                      public TombstoneStore,
                      public OperatorStore,
                      public ScanStore {};

}  // namespace fleeting
