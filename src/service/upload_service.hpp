#pragma once

#include "async/keyed_lock.hpp"
#include "base/clock.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/beside.hpp"
#include "service/byte_source.hpp"
#include "service/linked_files.hpp"
#include "service/open_upload.hpp"
#include "service/room_service.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace fleeting {

struct CreateUpload {
    std::string name;                 ///< raw; parsed here
    std::string media_type;           ///< raw
    std::optional<ByteCount> length;  ///< nothing: unknown until the body ends (plain PUT, chunked)
};

struct UploadParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    BlockingPool& disk_pool;
    LinkedFiles& linked_files;
    std::function<void()> wake_reaper;  ///< there is something to erase
};

struct UploadSettings {
    bool sync = true;                         ///< acknowledged bytes are on stable storage, not only in the page cache
    ByteCount pipeline_from{4ULL << 20};      ///< bodies this large are hashed and written beside the reading
    ByteCount checkpoint_every{64ULL << 20};  ///< a restart reads back at most this much to catch the digests up
    Milliseconds progress_every{150};         ///< how often others are told
    Milliseconds lock_patience{2000};
};

/// Uploads: tus and `PUT` are translations onto this. Knows no HTTP. Thread-safe.
class UploadService {
public:
    UploadService(UploadParts parts, UploadSettings settings);

    /// Reserves quota and makes the entry and its empty blob. A file of length 0 is complete at once.
    /// errors    invalid_name, file_too_large, room_full, too_many_files, storage_full, uploads_locked
    Task<FileEntry> create(Admission const& admission, CreateUpload wish);
    /// The entry with its true offset, also after a crash. errors: not_found
    Task<FileEntry> find(Admission const& admission, FileId id);
    /// Puts the source's bytes behind those already there, until its end or the upload's length; completes it at its length.
    /// Bytes that were stored stay counted even if this fails.
    ///
    /// offset    must be the stored one
    /// errors    not_found, forbidden (not the uploader), offset_conflict, length_conflict, body_truncated, storage_full,
    /// upload_busy, cancelled
    Task<FileEntry> append(Admission const& admission, FileId id, ByteOffset offset, ByteSource& source);
    /// A whole file from one source of known or unknown length; nothing of it stays when this fails.
    Task<FileEntry> put(Admission const& admission, CreateUpload wish, ByteSource& source);
    /// By its uploader or the owner. Ends a running append. errors: not_found, forbidden
    Task<> remove(Admission const& admission, FileId id);
    /// Once at start, before anything is served: after a reboot cuts every upload back to what is known to be on the disk.
    Task<> prepare(std::string boot_id);

private:
    Task<FileEntry> append_locked(Admission const& admission, FileEntry file, ByteSource& source);
    Task<OpenUpload> open(FileEntry file);
    Task<> cut_back(FileEntry const& file);
    Task<ByteOffset> stored_end(FileEntry const& file);
    Task<> catch_up(OpenUpload& upload, HashCheckpoint checkpoint, ByteOffset end);
    Task<> transfer(Admission const& admission, OpenUpload& upload, ByteSource& source);
    Task<> reserve(Admission const& admission, OpenUpload& upload, ByteCount more);
    Task<> account(OpenUpload& upload);
    Task<> checkpoint(OpenUpload& upload);
    Task<FileEntry> finish(OpenUpload& upload);
    Task<> discard(FileEntry const& file);
    Task<> erase_if_removed(FileEntry const& file, Error const& error);
    void tell_progress(OpenUpload& upload);

    UploadParts parts_;
    UploadSettings settings_;
    KeyedLock locks_;
    Slabs slabs_;
};

}  // namespace fleeting
