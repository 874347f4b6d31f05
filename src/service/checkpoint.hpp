#pragma once

#include "crypto/running_crc32.hpp"
#include "crypto/running_sha256.hpp"

#include <vector>

namespace fleeting {

/// Where the running digests of an upload stood. They need not stand at the same offset.
struct DigestPoint {
    crypto::RunningCrc32 crc32;
    crypto::RunningSha256 sha256;
};

/// Layout, little-endian: version (1 byte, 2), CRC-32's offset (8), CRC-32 (4), then `crypto::RunningSha256::save`.
std::vector<std::byte> to_checkpoint(crypto::RunningCrc32 const& crc32, Bytes saved_sha256);

/// What was saved; both at 0 for what isn't a checkpoint of ours, since all of it can be computed again.
DigestPoint digest_point_of(Bytes checkpoint);

}  // namespace fleeting
