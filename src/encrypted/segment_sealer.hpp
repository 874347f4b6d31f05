#pragma once

#include "encrypted/blob_cipher.hpp"

#include <memory>
#include <vector>

namespace fleeting::encrypted {

/// Makes what is stored of a blob's bytes, one behind the other, in one stretch.
class SegmentSealer {
public:
    /// at       where the stretch begins
    /// before   what is stored of its segment already
    SegmentSealer(std::shared_ptr<BlobCipher const> cipher, std::uint32_t stretch, ByteOffset at, Bytes before);

    [[nodiscard]] ByteOffset at() const { return at_; }
    /// Appends what is to be stored of `bytes`: as many, and a tag for each segment that they fill.
    void seal(Bytes bytes, std::vector<std::byte>& out);
    /// Appends what ends the blob here. Nothing may come after it.
    void finish(std::vector<std::byte>& out);

private:
    void begin_segment();

    std::shared_ptr<BlobCipher const> cipher_;
    crypto::AesGcm gcm_;
    std::uint32_t stretch_;
    ByteOffset at_;
};

/// All that is stored of a whole blob.
std::vector<std::byte> sealed_blob(std::shared_ptr<BlobCipher const> cipher, Bytes bytes);

}  // namespace fleeting::encrypted
