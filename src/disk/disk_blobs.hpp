#pragma once

#include "async/blocking_pool.hpp"
#include "disk/disk_writer.hpp"
#include "disk/folder.hpp"
#include "disk/free_space.hpp"
#include "ports/blob_store.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>

namespace fleeting::disk {

/// `BlobStore` in a folder: `<folder>/blobs/<last byte, hex>/<key, hex>` (or several, pieces.hpp), files 0600, reached through
/// descriptors only.
/// What may take seconds (syncs, copies) has threads of its own, so that opening a blob never waits for it. Thread-safe.
class DiskBlobs final : public BlobStore {
public:
    /// folder        the data folder, as `open_data_folder` opened it; kept
    /// disk_pool     outlives this
    /// write_early   has the disk begin with what will be synced, so that the sync at the end finds little left to do
    static Result<std::unique_ptr<DiskBlobs>> open(Descriptor folder, DiskFloor floor, BlockingPool& disk_pool,
                                                   bool write_early = true);

    Task<std::unique_ptr<BlobWriter>> open_writer(BlobKey key) override;
    Task<> put(BlobKey key, Bytes bytes, bool sync) override;
    Task<> concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync) override;
    Task<std::shared_ptr<BlobReader const>> open_reader(BlobKey key) override;
    Task<std::vector<std::shared_ptr<BlobReader const>>> open_readers(std::vector<BlobKey> keys) override;
    Task<ByteCount> size_of(BlobKey key) override;
    Task<std::vector<BlobKey>> erase(std::vector<BlobKey> keys) override;
    Task<std::vector<BlobKey>> list() override;
    Result<> check_room_for(ByteCount more) override;
    [[nodiscard]] bool is_shared() const override { return false; }
    [[nodiscard]] std::optional<std::string> direct_link(BlobKey, DirectDownload const&) const override { return std::nullopt; }

    /// Syncs and copies that wait or run.
    [[nodiscard]] std::size_t waiting() const { return slow_pool_.waiting(); }
    /// Finishes the syncs and copies that are queued; none may be asked for after it. Idempotent.
    void stop() { slow_pool_.stop(); }

private:
    Result<Shard*> shard_of_blocking(BlobKey const& key);
    Result<std::shared_ptr<BlobReader const>> open_reader_blocking(BlobKey const& key);
    Result<std::unique_ptr<DiskWriter>> open_writer_blocking(BlobKey const& key);
    std::vector<BlobKey> erase_blocking(std::span<BlobKey const> keys);

    // disk_concatenation.cpp
    Result<> link_blocking(BlobKey const& from, Shard const& target, std::string const& name);
    Result<std::unique_ptr<DiskWriter>> begin_piece_blocking(Shard& shard, std::string const& name, BlobPart const& first);
    Task<> append_part(DiskWriter& piece, BlobPart part, ByteOffset at);
    Task<> make_piece(Shard& shard, std::string name, std::span<BlobPart const> parts, bool sync);

    DiskBlobs(Descriptor folder, Descriptor blobs, DiskFloor floor, BlockingPool& disk_pool, bool write_early);

    Descriptor folder_;
    Descriptor blobs_;
    std::mutex mutex_;
    std::array<std::unique_ptr<Shard>, 256> shards_;  ///< guarded by mutex_
    FreeSpace free_space_;
    BlockingPool& disk_pool_;
    BlockingPool slow_pool_;
    bool write_early_;
};

}  // namespace fleeting::disk
