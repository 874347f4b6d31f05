#pragma once

#include "encrypted/part_reading.hpp"
#include "ports/blob_store.hpp"

namespace fleeting::encrypted {

/// Reads an encrypted blob, decrypting on the thread that asks: bytes of a page cache cost less than a hop.
class EncryptedReader final : public BlobReader {
public:
    /// keys    outlives this
    /// parts   in order, at least one; none of the file's bytes where the blob is still empty
    EncryptedReader(KeyFile const& keys, std::shared_ptr<BlobReader const> stored, std::vector<OpenPart> parts)
        : keys_(keys), stored_(std::move(stored)), parts_(std::move(parts))
    {
    }

    [[nodiscard]] std::optional<FilePart> part_at(ByteOffset) const override { return std::nullopt; }
    Task<> read(ByteOffset at, MutableBytes out) const override { co_return read_blocking(at, out); }
    [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const override;
    [[nodiscard]] ByteCount read_size() const override;
    [[nodiscard]] Result<ByteCount> length_blocking() const override;

private:
    [[nodiscard]] Result<> read_growing_blocking(OpenPart part, ByteOffset at, MutableBytes out) const;
    [[nodiscard]] Result<BlobEnd> end_blocking(OpenPart const& part) const;

    KeyFile const& keys_;
    std::shared_ptr<BlobReader const> stored_;
    std::vector<OpenPart> parts_;
};

}  // namespace fleeting::encrypted
