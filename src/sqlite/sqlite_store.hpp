#pragma once

#include "ports/metadata_store.hpp"
#include "sqlite/readers.hpp"
#include "sqlite/write_queue.hpp"

#include <memory>
#include <string>

namespace fleeting::sqlite {

/// `MetadataStore` in one SQLite file: one writer with group commit, a few readers. Thread-safe.
/// The functions are spread over sqlite_rooms.cpp, sqlite_expiry.cpp, sqlite_files.cpp, sqlite_uploads.cpp, sqlite_archive.cpp,
/// sqlite_taken.cpp, sqlite_outbox.cpp, sqlite_segments.cpp, sqlite_direct.cpp, sqlite_tombstones.cpp,
/// sqlite_operator.cpp, sqlite_scans.cpp.
class SqliteStore final : public MetadataStore {
public:
    /// errors    unavailable: not a database, a newer schema, no permission
    static Result<std::unique_ptr<SqliteStore>> open(std::string const& file, Durability durability = Durability::power_loss,
                                                     LogWipe wipe = LogWipe::cut);

    /// Finishes what is queued and stops; nothing may be asked after it. Idempotent.
    void stop();

    Task<std::optional<EndedRoom>> create_room(Room room, Session owner, std::uint32_t most_alive) override;
    Task<Room> find_room(std::string name_key, Instant now) override;
    Task<Room> find_room_by_id(RoomId id, Instant now) override;
    Task<Room> change_room(RoomId id, RoomChange change, Clock const& clock) override;
    Task<EndedRoom> end_room(RoomId id, Instant now) override;
    Task<> add_session(Session session, std::uint32_t most, Instant now) override;
    Task<Membership> find_membership(std::string name_key, std::vector<TokenHash> sessions, Instant now) override;
    Task<> remove_session(RoomId room, TokenHash id) override;
    Task<std::vector<Session>> list_sessions(RoomId room) override;
    Task<std::vector<RoomMark>> room_marks(std::vector<RoomId> rooms) override;
    Task<std::optional<Instant>> next_expiry() override;
    Task<std::vector<RoomId>> due_rooms(Instant now, std::size_t limit) override;
    Task<std::vector<EndedRoom>> expire_rooms(Instant now, std::size_t limit) override;
    Task<> clamp_expiry(Instant latest) override;

    Task<FileChange> create_file(FileEntry file, Instant now) override;
    Task<> grow_file(FileId id, ByteCount new_size) override;
    Task<> set_length(FileId id, ByteCount length) override;
    Task<> hold_back(FileId id, std::optional<ByteOffset> from) override;
    Task<FileChange> concatenate_files(FileEntry whole, std::vector<FileId> parts, Instant now) override;
    Task<FileEntry> find_file(RoomId room, FileId id, Instant now) override;
    Task<FileEntry> find_file_by_name(RoomId room, std::string name, Instant now) override;
    Task<FileEntry> find_file_anywhere(FileId id, Instant now) override;
    Task<std::vector<FileEntry>> list_files(RoomId room, Instant now) override;
    Task<std::vector<FileEntry>> list_uploads() override;
    Task<std::vector<FileEntry>> list_undigested() override;
    Task<std::vector<ArchiveEntry>> list_archive(RoomId room, std::optional<std::uint64_t> at, std::vector<FileId> ids,
                                                 Instant now) override;
    Task<HashCheckpoint> find_checkpoint(FileId id) override;
    Task<std::string> find_metadata(FileId id) override;
    Task<> save_checkpoint(FileId id, HashCheckpoint checkpoint) override;
    Task<FileChange> complete_file(FileId id, Completion completion, Instant now) override;
    Task<FileChange> set_sha256(FileId id, Sha256 sha256, Instant now) override;
    Task<FileChange> remove_file(RoomId room, FileId id, Instant now) override;

    Task<Taking> mark_taken(RoomId room, std::vector<BlobKey> blobs, TokenHash session) override;

    Task<std::vector<Purge>> due_purges(Instant now, std::size_t limit) override;
    Task<> finish_purges(std::vector<BlobKey> erased) override;
    Task<> postpone_purge(BlobKey blob, Instant not_before) override;
    Task<std::vector<BlobKey>> unknown_blobs(std::vector<BlobKey> keys) override;

    Task<Tombstone> find_tombstone(std::vector<HolderId> holders, Instant ended_by) override;
    Task<std::vector<Tombstone>> list_tombstones() override;
    Task<std::vector<OpenTombstone>> list_open_tombstones() override;
    Task<> note_erasures(std::vector<OpenTombstone> open, Instant now) override;
    Task<> forget_tombstones(Instant ended_by) override;
    Task<std::vector<RoomId>> list_rooms() override;

    Task<std::vector<RoomSummary>> summarize_rooms(Instant now, std::size_t limit) override;
    Task<RoomTotals> count_rooms(Instant now) override;
    Task<> add_block(Block block, std::size_t most) override;
    Task<> remove_block(std::string value) override;
    Task<std::vector<Block>> list_blocks() override;
    Task<std::vector<FileEntry>> list_blocked_files(std::size_t limit) override;

    Task<> turn_scans(bool on) override;
    Task<std::optional<FileEntry>> claim_scan(Instant now, Instant until) override;
    Task<> move_scan_claim(FileId id, Instant until, Instant later) override;
    Task<FileChange> finish_scan(FileId id, Scan outcome, Instant now) override;
    Task<FileChange> remove_infected(RoomId room, FileId id, Instant now) override;
    Task<bool> was_infected(RoomId room, std::string what) override;
    Task<ScanQueue> scan_queue() override;

    Task<std::string> get_or_insert(std::string name, std::string fresh) override;
    Task<std::string> find_setting(std::string name) override;
    Task<std::string> exchange(std::string name, std::string value) override;
    Task<> remove_setting(std::string name) override;
    Task<std::optional<Instant>> clock() override;
    Task<> check() override;

    Task<std::vector<Segment>> find_segments(BlobKey blob) override;
    Task<> append_segment(BlobKey blob, Segment segment) override;
    Task<> cut_segments(BlobKey blob, ByteOffset from, ByteOffset end) override;
    Task<> replace_segments(BlobKey blob, std::vector<Segment> from, Segment whole) override;
    Task<> remove_segments(std::vector<BlobKey> blobs) override;

    Task<> add_direct_upload(DirectUpload upload) override;
    Task<DirectUpload> find_direct_upload(BlobKey blob) override;
    Task<std::vector<DirectUpload>> list_direct_uploads(std::vector<BlobKey> blobs) override;
    Task<std::vector<DirectPart>> list_direct_parts(BlobKey blob) override;
    Task<FileEntry> record_direct_part(BlobKey blob, DirectPart part, Instant now) override;
    Task<> claim_direct_upload(BlobKey blob, Instant now, Instant until) override;
    Task<> extend_direct_claim(BlobKey blob, Instant until, Instant later) override;
    Task<> release_direct_upload(BlobKey blob, Instant until, bool forget_parts) override;
    Task<> remove_direct_uploads(std::vector<BlobKey> blobs) override;
    Task<std::vector<std::string>> unknown_direct_uploads(std::vector<std::string> upload_ids) override;

private:
    SqliteStore(std::unique_ptr<Database> writer, std::vector<std::unique_ptr<Database>> readers);

    WriteQueue writes_;
    Readers reads_;
};

}  // namespace fleeting::sqlite
