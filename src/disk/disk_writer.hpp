#pragma once

#include "async/blocking_pool.hpp"
#include "disk/descriptor.hpp"
#include "ports/blob_store.hpp"

#include <atomic>

namespace fleeting::disk {

/// A blob's file, open for appending.
class DiskWriter final : public BlobWriter {
public:
    /// fresh_in   the shard it was just made in, to sync its entry once; nullptr for one that was there
    DiskWriter(Descriptor file, Descriptor const* fresh_in, BlockingPool& disk_pool, bool write_early)
        : file_(std::move(file)), fresh_in_(fresh_in), disk_pool_(disk_pool), write_early_(write_early)
    {
    }

    DiskWriter(DiskWriter&& other) noexcept
        : file_(std::move(other.file_)), fresh_in_(other.fresh_in_.load()), disk_pool_(other.disk_pool_),
          write_early_(other.write_early_)
    {
    }

    Result<> write_blocking(ByteOffset at, Bytes bytes) override;
    Result<> read_blocking(ByteOffset at, MutableBytes out) override;
    Result<> truncate_blocking(ByteOffset size) override;
    Task<> sync() override;
    Result<> sync_blocking();
    /// Puts the first `size` bytes of `from` at `at` without taking them through this process (copy_file_range(2); by
    /// reference where the file system can).
    Result<> copy_blocking(Descriptor const& from, ByteCount size, ByteOffset at);

private:
    void start_write_back(ByteOffset end);

    Descriptor file_;
    std::atomic<Descriptor const*> fresh_in_;
    BlockingPool& disk_pool_;
    bool write_early_;
    ByteOffset written_back_;
};

}  // namespace fleeting::disk
