#pragma once

#include "async/blocking_pool.hpp"
#include "service/byte_source.hpp"
#include "service/open_upload.hpp"
#include "service/slabs.hpp"

#include <functional>

namespace fleeting {

/// Moves a source's bytes into an upload, and nothing else: no rows, no locks, no policy.
class UploadTransfer {
public:
    /// reserve        called when an upload of unknown length has filled its `size`: raises it, or refuses (room_full, …)
    /// after_store    called after bytes were stored and the offset moved: progress, checkpoints
    struct Hooks {
        std::function<Task<>()> reserve;
        std::function<Task<>()> after_store;
    };
    UploadTransfer(OpenUpload& upload, ByteSource& source, BlockingPool& disk_pool, Slabs& slabs, Hooks hooks);

    /// Until the source's end or the upload's length. Writes on this thread as long as the page cache takes bytes at once, in
    /// the pool while the disk makes writers wait.
    /// errors    length_conflict (more than the upload's length), body_truncated, cancelled, storage_full, …
    Task<> run();

private:
    Task<> make_room();
    Task<> store_here();
    Task<> store_in_pool(Slabs::Slab& slab);
    Result<std::size_t> take(MutableBytes into);
    Result<> store_timed_blocking(Bytes bytes);

    OpenUpload& upload_;
    ByteSource& source_;
    BlockingPool& disk_pool_;
    Slabs& slabs_;
    Hooks hooks_;
    int slow_turns_ = 0;
};

}  // namespace fleeting
