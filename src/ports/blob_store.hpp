#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "ports/direct_uploads.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

/// A blob open for appending. Its functions aren't called at the same time, but for `kept_end`, `sync` (a checkpoint is made
/// behind the bytes that come), and where the store isn't shared `read_blocking` of what is kept.
class BlobWriter {
public:
    virtual ~BlobWriter() = default;
    /// Returns once `write_blocking` may be called with up to 256 KiB: a store behind a network bounds here what it holds in
    /// memory. errors: as of `write_blocking`
    virtual Task<> ready() = 0;
    /// Writes all of `bytes` at `at`; may stop the thread as long as a page cache or memory takes it. Called on an I/O thread for
    /// small bodies and inside a hop for large ones. errors: storage_full, unavailable
    virtual Result<> write_blocking(ByteOffset at, Bytes bytes) = 0;
    /// Reads back exactly `out.size()` bytes from `at` (to catch digests up); may stop the thread for as long as a network takes.
    /// errors: unavailable, upload_busy (another node has taken the upload over)
    virtual Result<> read_blocking(ByteOffset at, MutableBytes out) = 0;
    /// Drops everything behind `size`. Hops. errors: unavailable
    virtual Task<> truncate(ByteOffset size) = 0;
    /// Bytes up to here outlive this process, and readers see them. On any thread.
    [[nodiscard]] virtual ByteOffset kept_end() const = 0;
    /// Returns once `kept_end` is the end of what was written: then it may be acknowledged.
    /// errors    storage_full, unavailable, upload_busy (another node has taken the upload over)
    virtual Task<> flush() = 0;
    /// Returns once the bytes are on stable storage. Hops. errors: as of `flush`; once it failed, so do all later syncs and
    /// writes
    virtual Task<> sync() = 0;
    /// No byte comes any more. Returns once the blob is whole and lies as complete files do; does that again where an earlier try
    /// was cut short. sync: it is on stable storage then. errors: as of `sync`
    virtual Task<> seal(bool sync) = 0;
};

/// Bytes of a blob that lie together in one file of this machine.
struct FilePart {
    int descriptor = -1;  ///< for sendfile(2) and pread(2)
    ByteOffset from;
    ByteCount count;
};

/// A blob open for reading, shared by any number of downloads on any thread.
class BlobReader {
public:
    virtual ~BlobReader() = default;
    /// What lies at `at` and behind it, open as long as this lives; nothing where the bytes are behind a network.
    [[nodiscard]] virtual std::optional<FilePart> part_at(ByteOffset at) const = 0;
    /// Reads exactly `out.size()` bytes from `at`. Hops, or waits for the network. errors: not_found, unavailable
    virtual Task<> read(ByteOffset at, MutableBytes out) const = 0;
    /// The same on this thread, which stops for as long as it takes.
    [[nodiscard]] virtual Result<> read_blocking(ByteOffset at, MutableBytes out) const = 0;
    /// How much `read` is best asked for at once, in pieces that begin at multiples of it: what a request for each costs is
    /// little then.
    [[nodiscard]] virtual ByteCount read_size() const { return {1ULL << 20}; }
    /// Bytes stored now. errors: unavailable
    [[nodiscard]] virtual Result<ByteCount> length_blocking() const = 0;
};

/// How a member's own client is to take a blob.
struct DirectDownload {
    std::string disposition;  ///< a whole `Content-Disposition`
    std::string media_type;
    Instant now;
    Milliseconds lifetime;
};

/// The beginning of a blob.
struct BlobPart {
    BlobKey key;
    ByteCount size;
};

/// The bytes of files. Keys are ours, random, and say nothing of a file. Thread-safe.
class BlobStore {
public:
    virtual ~BlobStore() = default;
    /// The key that a new blob of that room's is stored under: `fresh`, or the same with a mark of the store's in it.
    /// errors    storage_full, unavailable
    virtual Task<BlobKey> name_blob(BlobKey fresh, RoomId) { co_return fresh; }
    /// Creates an empty blob, or opens it where it is; none that was put together. errors: storage_full, unavailable
    virtual Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) = 0;
    /// A whole small blob at once. sync: it is on stable storage when this returns. errors: storage_full, unavailable
    virtual Task<> put(BlobKey key, Bytes bytes, bool sync) = 0;
    /// Makes `key` from the first `size` bytes of each part, in order, copying as little as the store can (the parts stay, and
    /// are of no use to a writer then). sync: as for `put`. errors: not_found, storage_full, unavailable
    virtual Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync) = 0;
    /// errors    not_found, unavailable
    virtual Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) = 0;
    /// Several at once, in order; null for one that isn't there. errors: unavailable
    virtual Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) = 0;
    /// Bytes stored. errors: not_found
    virtual Task<ByteCount> size_of(BlobKey key) = 0;
    /// Erases those; one that is gone already counts as erased. Returns the keys that are gone now.
    virtual Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) = 0;
    /// Whether a blob whose sealing was cut short may look longer than it is: its row must tell its length first.
    [[nodiscard]] virtual bool needs_length_to_seal(BlobKey) const { return false; }
    /// Makes what is stored of these rooms unreadable for good, wherever copies of it are, before any of it is erased. Does
    /// nothing where blobs lie as they are. errors: unavailable
    virtual Task<> erase_keys(std::vector<RoomId>) { co_return Result<>{}; }
    /// The rooms that `erase_keys` has something to do for.
    [[nodiscard]] virtual std::vector<RoomId> keyed_rooms() const { return {}; }
    /// Whether a blob can't be read for want of its room's key.
    [[nodiscard]] virtual bool lacks_key(BlobKey const&) const { return false; }
    /// Every key in the store, for the sweep that finds orphans.
    virtual Task<std::vector<BlobKey>> list() = 0;
    /// Whether `more` bytes leave the disk above its floor. errors: storage_full
    virtual Result<> check_room_for(ByteCount more) = 0;
    /// Whether other nodes see and write the same blobs: then nothing that this process remembers of an upload is sure.
    [[nodiscard]] virtual bool is_shared() const = 0;
    /// An address that a complete blob comes from, past this server; nothing where the store has none.
    [[nodiscard]] virtual std::optional<std::string> direct_link(BlobKey key, DirectDownload const& how) const = 0;
    /// How clients put blobs here past this server; null where they can't. Lives as long as the store.
    [[nodiscard]] virtual DirectUploads* direct_uploads() { return nullptr; }
};

}  // namespace fleeting
