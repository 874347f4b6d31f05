#pragma once

#include "async/blocking_pool.hpp"
#include "crypto/hmac.hpp"
#include "disk/descriptor.hpp"
#include "ports/blob_store.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>

namespace fleeting::encrypted {

/// From `begin` on a blob was written under nonces of its own: what had been written there before was cut off, or nobody knows
/// any more what it was.
struct Stretch {
    ByteOffset begin;
    std::uint32_t number = 0;  ///< grows; the first, from 0 on, is 0 and in no list
};

/// A blob that is a part of another, as it lies there.
struct JoinedPart {
    BlobKey key;
    ByteCount size;
    bool is_sealed = false;  ///< its tail has a tag
};

/// The rooms' keys, and what is to be known of their blobs, apart from all else: a file of slots of 128 bytes, each of which is
/// written over where it lies when its room ends. All of it is in memory too. Thread-safe.
///
/// A slot, little-endian: kind (1 byte; 0: free), 3 of nothing, key number (4), and
///   key (1)       room (16), secret (32)
///   stretch (2)   blob (16), number (4), begin (8)
///   part (3)      whole (16), place (4), part (16), size (8), sealed (1)
class KeyFile {
public:
    /// folder   the data folder; needed while this opens
    /// sync     a key that is given outlives the machine. What is erased always is, for good
    /// errors   unavailable: no key file, of a newer version
    static Result<std::unique_ptr<KeyFile>> open(disk::Descriptor const& folder, bool sync);

    /// Whether there is one in that folder.
    [[nodiscard]] static bool is_in(disk::Descriptor const& folder);

    /// The number of the room's key, made where it has none. errors: storage_full, unavailable
    Task<std::uint32_t> number_for(RoomId room);
    [[nodiscard]] bool has_key(RoomId room) const;
    /// Nothing where it is erased.
    [[nodiscard]] std::optional<crypto::HmacKey> find(std::uint32_t number) const;
    /// Returns once the keys are written over on the medium. A room without one counts as done. errors: unavailable
    Task<> erase(std::vector<RoomId> rooms);
    [[nodiscard]] std::vector<RoomId> rooms() const;

    /// Begins a stretch and returns its number, which this blob never had. Those behind it are of no use any more.
    /// errors    not_found (the key is erased), storage_full, unavailable
    Task<std::uint32_t> begin_stretch(BlobKey blob, ByteOffset begin);
    /// In order.
    [[nodiscard]] std::vector<Stretch> stretches_of(BlobKey const& blob) const;
    /// errors    not_found (the key is erased), storage_full, unavailable
    Task<> keep_parts(BlobKey whole, std::vector<JoinedPart> parts);
    /// Empty for a blob that isn't made of others.
    [[nodiscard]] std::vector<JoinedPart> parts_of(BlobKey const& whole) const;

    /// Finishes what is queued; nothing may be asked after it. Idempotent.
    void stop() { pool_.stop(); }

private:
    struct PlacedStretch {
        Stretch stretch;
        std::size_t slot = 0;
    };
    struct RoomEntry {
        RoomId room;
        crypto::HmacKey secret = crypto::HmacKey{{}};
        std::vector<std::size_t> slots = {};
        std::vector<BlobKey> blobs = {};  ///< with stretches or parts
        std::uint64_t turn = 0;           ///< of the sync that makes it sure
    };

    KeyFile(disk::Descriptor file, bool sync) : file_(std::move(file)), sync_(sync) {}
    Result<> load_blocking();
    void load_slot(std::size_t slot, Bytes bytes);
    [[nodiscard]] std::optional<std::uint32_t> sure_number_of(RoomId room) const;
    Result<std::uint32_t> number_for_blocking(RoomId room);
    Result<> erase_blocking(std::vector<RoomId> const& rooms);
    Result<std::uint32_t> begin_stretch_blocking(BlobKey const& blob, ByteOffset begin);
    Result<> keep_parts_blocking(BlobKey const& whole, std::vector<JoinedPart> const& parts);
    Result<> sync_blocking(std::uint64_t turn);
    /// With the lock held:
    Result<RoomEntry*> entry_of(BlobKey const& blob);
    std::size_t take_slot(RoomEntry& entry);
    Result<> write_slot(std::size_t slot, std::vector<std::byte> bytes);
    void drop(RoomEntry const& entry);

    disk::Descriptor file_;
    bool sync_;
    BlockingPool pool_{"keys", 2, 4096};
    mutable std::mutex mutex_;  ///< guards what follows
    std::map<std::uint32_t, RoomEntry> keys_;
    std::unordered_map<RoomId, std::uint32_t> numbers_;
    std::unordered_map<BlobKey, std::vector<PlacedStretch>> stretches_;
    std::unordered_map<BlobKey, std::vector<JoinedPart>> parts_;
    std::vector<std::size_t> free_;
    std::size_t end_ = 1;  ///< behind the last slot; the first is the file's own
    std::uint64_t written_ = 0;
    std::atomic<std::uint64_t> synced_ = 0;
    std::mutex sync_mutex_;    ///< one sync at a time; never waited for with the other one held
    bool has_failed_ = false;  ///< guarded by sync_mutex_
};

}  // namespace fleeting::encrypted
