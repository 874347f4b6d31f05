#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace fleeting::crypto {

/// SHA-256 and CRC-32 of an upload as its bytes come in, in one pass. Can be saved at any offset and go on after a restart.
class UploadDigest {
public:
    UploadDigest();
    UploadDigest(UploadDigest&&) noexcept;
    UploadDigest& operator=(UploadDigest&&) noexcept;
    ~UploadDigest();

    void update(Bytes bytes);
    /// How many bytes have been digested.
    [[nodiscard]] ByteOffset offset() const;
    /// Of everything so far; more may follow.
    [[nodiscard]] Sha256 sha256() const;
    [[nodiscard]] std::uint32_t crc32() const;

    /// Layout, little-endian: version (1 byte, 1), offset (8), CRC-32 (4), SHA-256 words (8 × 4), the `offset % 64` bytes that
    /// don't fill a block yet.
    [[nodiscard]] std::vector<std::byte> save() const;
    /// errors    unavailable: not something `save` wrote
    static Result<UploadDigest> restore(Bytes saved);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fleeting::crypto
