#pragma once

#include "encrypted/blob_cipher.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace fleeting::encrypted {

/// Reads exactly `out.size()` bytes from `at` of a blob as it is stored; may stop the thread.
using ReadStored = std::function<Result<>(ByteOffset at, MutableBytes out)>;

/// Where a blob ends.
struct BlobEnd {
    ByteCount size;
    bool is_sealed = false;
};

/// Of a blob that is `stored` long. errors: unavailable
Result<BlobEnd> end_of_blocking(BlobCipher const& cipher, ReadStored const& read, ByteCount stored);

/// A blob, or a part of one that was put together, ready to be read.
struct OpenPart {
    BlobKey key;
    std::shared_ptr<BlobCipher const> cipher;  ///< null: it lies there as it is
    ByteOffset begin;                          ///< in the whole file
    ByteOffset stored_begin;                   ///< of the part in what is stored
    std::optional<ByteCount> size;             ///< nothing while it may grow
    bool is_sealed = false;                    ///< then its tail has a tag
};

/// Reads `out.size()` bytes from `at`, counted from the part's begin, all of which are there. Of a tail without a tag nobody
/// knows whether it was altered. errors    unavailable
Result<> read_part_blocking(OpenPart const& part, std::span<Stretch const> stretches, ReadStored const& read, ByteOffset at,
                            MutableBytes out);

}  // namespace fleeting::encrypted
