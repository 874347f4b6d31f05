#pragma once

#include "async/blocking_pool.hpp"
#include "disk/descriptor.hpp"
#include "disk/shard.hpp"
#include "ports/blob_store.hpp"

#include <atomic>
#include <functional>
#include <mutex>

namespace fleeting::disk {

/// Fills `out` from `at` of an open file. errors: unavailable (also where the file ends before)
Result<> read_all_blocking(int file, ByteOffset at, MutableBytes out);

/// A blob's file, open for appending. A sync that failed is for ever: Linux tells an open file once that pages were lost, and the
/// next fdatasync(2) says that all is well.
class DiskWriter final : public BlobWriter {
public:
    /// shard       where it lies; outlives this
    /// sync_pool   outlives this
    DiskWriter(Descriptor file, Shard& shard, BlockingPool& sync_pool, bool write_early)
        : file_(std::move(file)), shard_(shard), sync_pool_(sync_pool), write_early_(write_early)
    {
    }

    Task<> ready() override { co_return Result<>{}; }
    Result<> write_blocking(ByteOffset at, Bytes bytes) override;
    Result<> read_blocking(ByteOffset at, MutableBytes out) override;
    Task<> truncate(ByteOffset size) override;
    Result<> truncate_blocking(ByteOffset size);
    /// The page cache keeps what a process wrote, whatever becomes of that.
    [[nodiscard]] ByteOffset kept_end() const override { return ByteOffset{kMaxSize}; }
    Task<> flush() override { co_return Result<>{}; }
    Task<> sync() override;
    Result<> sync_blocking();
    Task<> seal(bool sync) override;
    /// A piece of another file.
    struct Piece {
        std::reference_wrapper<Descriptor const> file;
        ByteOffset from;
        ByteCount size;
    };
    /// Puts `piece` at `at`, without taking it through this process where the file system can (copy_file_range(2)).
    Result<> copy_blocking(Piece piece, ByteOffset at);

private:
    [[nodiscard]] Result<> check() const;
    Result<> copy_through_buffer_blocking(Piece piece, ByteOffset at);
    void start_write_back(ByteOffset end);

    Descriptor file_;
    Shard& shard_;
    BlockingPool& sync_pool_;
    bool write_early_;
    ByteOffset written_back_;
    std::atomic<bool> has_failed_{false};
    std::mutex sync_mutex_;  ///< one sync at a time: else the error of one could go to another that counts on its zero
    bool is_named_ = false;  ///< its entry in the shard is sure; guarded by sync_mutex_
};

}  // namespace fleeting::disk
