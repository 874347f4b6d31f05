#pragma once

#include "service/beside.hpp"
#include "service/byte_source.hpp"
#include "service/open_upload.hpp"

#include <functional>

namespace fleeting {

/// Moves a source's bytes into an upload, and nothing else: no rows, no locks, no policy.
class UploadTransfer {
public:
    /// before_store   called before `more` bytes are stored: reserves, refuses (room_full, file_too_large)
    /// after_store    called after bytes were stored and the offset moved: progress, checkpoints
    struct Hooks {
        std::function<Task<>(ByteCount more)> before_store;
        std::function<Task<>()> after_store;
    };
    UploadTransfer(OpenUpload& upload, ByteSource& source, Hooks hooks);

    /// Reads, digests and writes on this thread: cheapest for small bodies.
    /// errors    length_conflict (more than the upload's length), body_truncated, cancelled, storage_full, …
    Task<> run_inline();
    /// Reads here while the pool digests and writes: fastest for large ones.
    Task<> run_beside(BlockingPool& pool, Slabs& slabs);

private:
    Task<> beside_loop(Beside& beside, Slabs& slabs);
    Result<std::size_t> take(MutableBytes into, ByteCount in_flight);
    Task<> store_scratch();

    OpenUpload& upload_;
    ByteSource& source_;
    Hooks hooks_;
};

}  // namespace fleeting
