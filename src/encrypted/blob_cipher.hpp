#pragma once

#include "base/result.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/hmac.hpp"
#include "encrypted/key_file.hpp"

#include <array>
#include <span>
#include <vector>

namespace fleeting::encrypted {

using Salt = FixedBytes<struct SaltTag, 24>;
using Seal = std::array<std::byte, 16>;

/// What a blob is written and read with. Its keys are of its room's key, its own name and a salt: none of them is another blob's.
/// Thread-safe.
class BlobCipher {
public:
    BlobCipher(crypto::HmacKey const& room, BlobKey const& blob, Salt const& salt);
    /// Of a blob that begins with `header`; nothing where that isn't one of its own.
    static std::optional<BlobCipher> of(crypto::HmacKey const& room, BlobKey const& blob, Bytes header);

    /// What a blob begins with.
    [[nodiscard]] std::vector<std::byte> header() const;
    /// What a sealed blob of that many bytes ends with.
    [[nodiscard]] Seal seal_of(ByteCount size) const;
    [[nodiscard]] crypto::AesGcm sealer() const { return {crypto::AesGcm::Direction::seal, content_.bytes()}; }
    [[nodiscard]] crypto::AesGcm opener() const { return {crypto::AesGcm::Direction::open, content_.bytes()}; }

private:
    Salt salt_;
    crypto::HmacKey content_;
    crypto::HmacKey mark_;
};

/// Of what is written of a segment in one stretch. No other message is ever sealed under it.
crypto::AesGcm::Nonce nonce_of(std::uint32_t stretch, std::uint64_t segment);

/// A segment as it is stored, or its beginning.
struct StoredSegment {
    ByteOffset begin;  ///< in the file
    Bytes bytes;
    Bytes tag = {};  ///< empty where it isn't known, or the segment isn't finished
};

/// Decrypts into `out`, which is as long. A segment that was written in several stretches has the tag of the last one, which
/// holds the bytes before it as they are stored.
/// errors    unavailable: not what was written
Result<> open_segment(crypto::AesGcm& opener, std::span<Stretch const> stretches, StoredSegment const& segment, MutableBytes out);

}  // namespace fleeting::encrypted
