#include "disk/shard.hpp"

#include <unistd.h>

namespace fleeting::disk {

Result<> Shard::sync_blocking()
{
    auto const turn = ++asked_;
    auto const lock = std::scoped_lock{mutex_};
    if (has_failed_)
        return fail(Errc::unavailable, "an earlier sync of the folder failed");
    if (synced_ >= turn)
        return {};  // one that began after we asked has done it
    auto const last = asked_.load();
    TRY(sync_now_blocking());
    synced_ = last;
    return {};
}

Result<> Shard::sync_now_blocking()
{
    if (::fsync(folder_.get()) != 0 || (!is_named_ && ::fsync(parent_.get()) != 0)) {
        has_failed_ = true;
        return fail(sync_error("syncing a folder"));
    }
    is_named_ = true;
    return {};
}

}  // namespace fleeting::disk
