#pragma once

#include "encrypted/part_reading.hpp"
#include "encrypted/segment_sealer.hpp"
#include "ports/blob_store.hpp"

#include <mutex>

namespace fleeting::encrypted {

/// An encrypted blob as it was found.
struct FoundBlob {
    std::shared_ptr<BlobCipher const> cipher;  ///< null: it has no header, and so nothing yet
    ByteCount size;
    bool is_sealed = false;
    ByteCount stored;  ///< how long it is in its store
};

/// Appends to an encrypted blob. A byte is stored, encrypted, when `write_blocking` returns, and never written again; only the
/// tag waits for the end of its segment. Where a writer goes on behind bytes that it hasn't written itself, or that were cut off,
/// it begins a new stretch: no nonce is ever used for two texts.
class EncryptedWriter final : public BlobWriter {
public:
    /// keys, pool   outlive this
    EncryptedWriter(KeyFile& keys, BlockingPool& pool, BlobKey key, std::unique_ptr<BlobWriter> stored, FoundBlob found);

    Task<> ready() override;
    Result<> write_blocking(ByteOffset at, Bytes bytes) override;
    Result<> read_blocking(ByteOffset at, MutableBytes out) override;
    Task<> truncate(ByteOffset size) override;
    [[nodiscard]] ByteOffset kept_end() const override;
    Task<> flush() override { return stored_->flush(); }
    Task<> sync() override { return stored_->sync(); }
    Task<> seal(bool sync) override;

private:
    Task<> begin();
    Task<> begin_again();
    Task<> begin_stretch();
    Task<> cut_stored(ByteOffset end);
    Result<> write_piece_blocking(Bytes bytes);
    Result<> store_blocking(Bytes bytes);
    [[nodiscard]] std::shared_ptr<BlobCipher const> cipher() const;

    KeyFile& keys_;
    BlockingPool& pool_;
    BlobKey key_;
    std::unique_ptr<BlobWriter> stored_;
    ByteOffset end_;
    bool is_sealed_;
    std::optional<ByteOffset> stored_end_;  ///< nothing once a write failed: nobody knows
    std::optional<SegmentSealer> sealer_;   ///< while it stands at `end_`, and nothing is stored behind that
    mutable std::mutex mutex_;
    std::shared_ptr<BlobCipher const> cipher_;  ///< guarded by mutex_: digests read behind the writer
};

}  // namespace fleeting::encrypted
