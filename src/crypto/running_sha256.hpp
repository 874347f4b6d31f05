#pragma once

#include "base/ids.hpp"

#include <array>
#include <vector>

namespace fleeting::crypto {

/// SHA-256 of bytes that come one after the other. Can be saved at any offset and go on after a restart.
class RunningSha256 {
public:
    RunningSha256();

    void update(Bytes bytes);
    /// How many bytes have been digested.
    [[nodiscard]] ByteOffset offset() const { return offset_; }
    /// Of everything so far; more may follow.
    [[nodiscard]] Sha256 digest() const;

    /// Layout, little-endian: offset (8 bytes), SHA-256 words (8 × 4), the `offset % 64` bytes that don't fill a block yet.
    [[nodiscard]] std::vector<std::byte> save() const;
    /// errors    unavailable: not something `save` wrote
    static Result<RunningSha256> restore(Bytes saved);

private:
    ByteOffset offset_;
    alignas(8) std::array<std::byte, 112> state_{};  ///< OpenSSL's SHA256_CTX: plain memory
};

}  // namespace fleeting::crypto
