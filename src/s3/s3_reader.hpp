#pragma once

#include "ports/blob_store.hpp"
#include "s3/depot.hpp"

#include <mutex>

namespace fleeting::s3 {

/// Reads a blob by ranged GETs, also one that still grows.
class S3Reader final : public BlobReader {
public:
    S3Reader(Depot& depot, BlobKey key, Layout layout) : depot_(depot), key_(key), layout_(std::move(layout)) {}

    [[nodiscard]] std::optional<FilePart> part_at(ByteOffset) const override { return std::nullopt; }
    Task<> read(ByteOffset at, MutableBytes out) const override;
    [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const override;
    [[nodiscard]] Result<ByteCount> length_blocking() const override;

private:
    [[nodiscard]] Layout layout() const;
    Task<> read_by(Layout const& layout, ByteOffset at, MutableBytes out) const;

    Depot& depot_;
    BlobKey key_;
    mutable std::mutex mutex_;
    mutable Layout layout_;  ///< guarded by mutex_
};

}  // namespace fleeting::s3
