#pragma once

#include "crypto/checksum.hpp"
#include "crypto/running_crc32.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"
#include "service/digest_follower.hpp"
#include "service/growth.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace fleeting {

/// What of an upload outlives a request: kept for the next one, so that a file in a thousand small requests is opened and read
/// back once. Whoever holds the upload's lock may use it.
struct UploadState {
    std::shared_ptr<BlobWriter> writer;
    crypto::RunningCrc32 crc32;              ///< of all bytes stored
    std::shared_ptr<DigestFollower> sha256;  ///< null for a partial upload, whose digest nobody needs
    ByteOffset checkpointed;                 ///< the last checkpoint that was begun
    std::shared_ptr<std::atomic<bool>> is_saving = std::make_shared<std::atomic<bool>>(false);
};

/// An upload while bytes come in: its row as last known, with the true offset. Used by one coroutine at a time, which holds the
/// upload's lock.
struct OpenUpload {
    FileEntry file;
    UploadState state;
    std::shared_ptr<Growth> growth;
    std::optional<crypto::Checksum> checksum;  ///< of this request's bytes, where its client stated one
    bool digests_here = false;                 ///< small enough to be digested on the connection's thread
    std::chrono::steady_clock::time_point begun_at = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point told_at;

    /// Writes `bytes` at the end; may stop the thread. The offset is the caller's to move.
    Result<> store_blocking(Bytes bytes)
    {
        auto const at = state.crc32.offset();
        TRY(state.writer->write_blocking(at, bytes));
        state.crc32.update(bytes);
        if (checksum)
            checksum->update(bytes);
        else if (digests_here && state.sha256)
            state.sha256->digest_here(at, bytes);
        return {};
    }
    [[nodiscard]] ByteCount left() const { return file.size - ByteCount{file.offset.value}; }
};

}  // namespace fleeting
