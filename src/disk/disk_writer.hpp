#pragma once

#include "async/blocking_pool.hpp"
#include "disk/descriptor.hpp"
#include "ports/blob_store.hpp"

namespace fleeting::disk {

/// A blob's file, open for appending.
class DiskWriter final : public BlobWriter {
public:
    /// fresh_in   the shard it was just made in, to sync its entry once; nullptr for one that was there
    DiskWriter(Descriptor file, Descriptor const* fresh_in, BlockingPool& disk_pool)
        : file_(std::move(file)), fresh_in_(fresh_in), disk_pool_(disk_pool)
    {
    }

    Result<> write_blocking(ByteOffset at, Bytes bytes) override;
    Result<> read_blocking(ByteOffset at, MutableBytes out) override;
    Result<> truncate_blocking(ByteOffset size) override;
    Task<> sync() override;

private:
    void start_write_back(ByteOffset end);

    Descriptor file_;
    Descriptor const* fresh_in_;
    BlockingPool& disk_pool_;
    ByteOffset written_back_;
};

}  // namespace fleeting::disk
