#pragma once

#include "crypto/upload_digest.hpp"
#include "domain/file.hpp"
#include "ports/blob_store.hpp"

#include <chrono>
#include <memory>

namespace fleeting {

/// An upload while bytes come in: its row as last known (with the true offset), its blob and its running digests.
/// Used by one coroutine at a time, which holds the upload's lock.
struct OpenUpload {
    FileEntry file;
    std::unique_ptr<BlobWriter> writer;
    crypto::UploadDigest digest;
    ByteOffset checkpointed;
    std::chrono::steady_clock::time_point told_at;

    /// Writes and digests `bytes` at the end; may stop the thread. The offset is the caller's to move.
    Result<> store_blocking(Bytes bytes)
    {
        TRY(writer->write_blocking(digest.offset(), bytes));
        digest.update(bytes);
        return {};
    }
    [[nodiscard]] ByteCount left() const { return file.size - ByteCount{file.offset.value}; }
};

}  // namespace fleeting
