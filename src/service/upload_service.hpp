#pragma once

#include "async/keyed_lock.hpp"
#include "base/checksum.hpp"
#include "base/clock.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/block_list.hpp"
#include "service/byte_source.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"
#include "service/room_service.hpp"
#include "service/slabs.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

struct CreateUpload {
    std::string name{};                    ///< raw; parsed here
    std::string media_type{};              ///< raw
    std::optional<ByteCount> length{};     ///< nothing: not known yet
    std::optional<Sha256> sha256{};        ///< what the file will come to: it is held to it
    std::optional<Instant> modified_at{};  ///< of the uploader's own file
    bool is_partial = false;               ///< to be put together with others later; has no name
    std::string metadata{};                ///< raw `Upload-Metadata`, to be told back
};

/// What ends an upload.
enum class Ending : std::uint8_t {
    at_length,      ///< its last byte (tus)
    at_source_end,  ///< the end of this source (PUT, the draft's `Upload-Complete: ?1`)
    later           ///< nothing in this request (the draft's `?0`)
};

/// One request's bytes for an upload.
struct AppendUpload {
    ByteOffset offset{};                ///< must be the stored one
    std::optional<ByteCount> length{};  ///< the upload's, where told: once, or the same again
    Ending ending = Ending::at_length;
    std::optional<StatedChecksum> checksum{};  ///< of these bytes: they count all or not at all
    bool wants_sha256 = false;                 ///< the answer that tells it complete has its SHA-256, however long that takes
};

struct UploadParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    BlockingPool& disk_pool;
    DigestWorkers& digest_workers;
    LinkedFiles& linked_files;
    LiveUploads& live;
    BlockList const& blocks;
    std::function<void()> wake_reaper;  ///< there is something to erase
};

struct UploadSettings {
    bool sync = true;                         ///< a complete file is on stable storage before it is told complete
    ByteCount digest_here_to{1ULL << 20};     ///< bodies up to this are digested on the connection's thread
    ByteCount checkpoint_every{64ULL << 20};  ///< a restart reads back about this much to catch the digests up
    Milliseconds progress_every{150};         ///< how often others are told
    Milliseconds lock_patience{10'000};       ///< for a holder that was asked to stop, and may be syncing a whole file
    bool scans = false;                       ///< files wait to be found clean before anybody can have them
};

/// Uploads: tus, the IETF draft and `PUT` are translations onto this. Knows no HTTP. Thread-safe.
/// Spread over new_entry.cpp and upload_creation.cpp (how one begins), upload_service.cpp (how it goes on), upload_recovery.cpp
/// (where an upload stands), upload_finish.cpp (what makes bytes a file) and upload_concatenation.cpp.
class UploadService {
public:
    UploadService(UploadParts parts, UploadSettings settings);

    /// The entry of an upload that may begin. What can be refused is refused here, before a byte is stored; the reservation
    /// judges again, by the rows as they are then.
    ///
    /// wish      its metadata is moved out
    /// errors    those of `create`
    Task<FileEntry> new_entry(Admission const& admission, CreateUpload& wish);
    /// Reserves quota and makes the entry. A file of length 0 is complete at once.
    /// errors    invalid_name, file_too_large, room_full, too_many_files, storage_full, uploads_locked
    Task<FileEntry> create(Admission const& admission, CreateUpload wish);
    /// As `create` and `append` in one: a small file is one transaction. Nothing stays when it fails, since nobody was told yet
    /// where to go on. errors: those of both
    Task<FileEntry> create_with(Admission const& admission, CreateUpload wish, AppendUpload part, ByteSource& source);
    /// The entry with its true offset, also after a crash. `at_length`: one whose bytes are all there becomes complete.
    /// errors    not_found, forbidden (not the uploader), upload_busy
    Task<FileEntry> find(Admission const& admission, FileId id, Ending ending = Ending::at_length);
    /// A room's files, each upload with the offset it has now. errors: unavailable
    Task<std::vector<FileEntry>> list(RoomId room);
    /// Puts the source's bytes behind those already there. Bytes that were stored stay counted even if this fails, but where a
    /// checksum was stated.
    ///
    /// errors    not_found, forbidden (not the uploader, or made by `concatenate`), direct_upload, offset_conflict,
    /// length_conflict, checksum_mismatch, upload_complete, body_truncated, storage_full, upload_busy, cancelled
    Task<FileEntry> append(Admission const& admission, FileId id, AppendUpload part, ByteSource& source);
    /// A whole file from one source of known or unknown length; nothing of it stays when this fails.
    Task<FileEntry> put(Admission const& admission, CreateUpload wish, AppendUpload part, ByteSource& source);
    /// One complete file from finished partial uploads of the caller, which are gone then. Of two that want the same part one
    /// gets it.
    /// errors    invalid_request (field "Upload-Concat"), checksum_mismatch, those of `create`
    Task<FileEntry> concatenate(Admission const& admission, CreateUpload wish, std::vector<FileId> parts);
    /// By its uploader or the owner. Ends a running append. errors: not_found, forbidden
    Task<> remove(Admission const& admission, FileId id);

    /// Removes a file that the operator has blocked. False, and nothing happens, where it is gone already, or its room has ended.
    /// Nobody's name is told with it.
    Task<bool> remove_blocked(FileEntry file);

    /// Once, before the first request. boot_id: of the machine's present run; after another one, uploads are cut back to what is
    /// sure to be on the disk.
    Task<> prepare(std::string boot_id);
    /// Once, when requests are served: digests what the last process left undigested.
    net::awaitable<void> digest_rest();

private:
    // upload_creation.cpp
    Task<FileEntry> insert(FileEntry file);
    Task<FileEntry> create_small(FileEntry file, AppendUpload const& part, ByteSource& source);
    Task<FileEntry> insert_small(FileEntry file, Bytes bytes);
    Task<> erase_unborn(BlobKey blob, Error const& why);

    // upload_service.cpp
    Task<FileEntry> find_own(Admission const& admission, FileId id);
    Task<> agree_on_length(Admission const& admission, FileEntry& file, AppendUpload const& part, ByteSource const& source);
    Task<> settle_checksum(OpenUpload& upload, crypto::RunningCrc32 const& before, bool is_refused);
    Task<> put_down(Admission const& admission, OpenUpload& upload, bool is_going_on);
    void park(Admission const& admission, OpenUpload const& upload);
    Task<FileEntry> append_locked(Admission const& admission, FileEntry file, AppendUpload const& part, ByteSource& source);
    Task<> transfer(Admission const& admission, OpenUpload& upload, ByteSource& source);
    Task<> reserve(Admission const& admission, OpenUpload& upload);
    Task<> account(OpenUpload& upload, ByteSource& source);
    void tell_progress(OpenUpload& upload);

    // upload_recovery.cpp
    Task<> cut_back(FileEntry const& file);
    Task<ByteOffset> stored_end(FileEntry const& file);
    Task<OpenUpload> open(FileEntry file);
    Task<UploadState> restore(FileEntry const& file);
    DigestFollower::ReadBack read_back_of(BlobKey blob, std::shared_ptr<BlobWriter> writer);
    Task<std::shared_ptr<DigestFollower>> digest_of(FileEntry const& file);
    Task<> take_back(OpenUpload& upload, crypto::RunningCrc32 const& crc32);

    // upload_finish.cpp
    static HashCheckpoint checkpoint_of(OpenUpload const& upload);
    Task<> save_checkpoint(FileEntry file, std::shared_ptr<BlobWriter> writer, HashCheckpoint point);
    Task<> checkpoint_behind(OpenUpload& upload);
    Task<> keep_or_discard(FileEntry const& file, Result<> synced);
    Task<FileEntry> find_completed(FileEntry const& file, Error const& why);
    Task<> tell_length(OpenUpload& upload);
    Task<FileEntry> finish(OpenUpload& upload, bool wants_sha256 = false);
    Task<std::optional<Sha256>> digest_for_completion(OpenUpload& upload, bool wants_sha256);
    Task<Sha256> digest_with_checkpoints(FileEntry const& file, DigestFollower& sha256);
    Task<FileChange> set_sha256(FileEntry const& file, Sha256 const& digest);
    Task<FileChange> digest_to_row(FileEntry const& file, std::shared_ptr<DigestFollower> sha256);
    Task<> follow_digest(FileEntry const& file, std::shared_ptr<DigestFollower> sha256);
    net::awaitable<void> record_digest(FileEntry file, std::shared_ptr<DigestFollower> sha256);
    Task<> hold_to_blocks(FileEntry const& file, std::optional<Sha256> const& sha256);
    Task<bool> discard(FileEntry const& file);
    Task<> erase_if_removed(FileEntry const& file, Error const& error);

    // upload_concatenation.cpp
    Task<std::vector<KeyedLock::Guard>> lock_parts(std::vector<FileId> ids);
    Task<std::vector<FileEntry>> find_parts(Admission const& admission, std::vector<FileId> const& ids);
    Task<FileEntry> find_whole(Admission const& admission, std::string const& parts);
    Task<> hold_to_stated(FileEntry& whole, std::vector<FileEntry> const& parts);
    Task<> store_whole(FileEntry& whole, std::vector<FileEntry> const& parts);

    UploadParts parts_;
    UploadSettings settings_;
    KeyedLock locks_;
    Slabs slabs_;
};

}  // namespace fleeting
