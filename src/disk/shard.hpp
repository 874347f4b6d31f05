#pragma once

#include "disk/descriptor.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>

namespace fleeting::disk {

/// One of the folders that blobs lie in. Thread-safe.
class Shard {
public:
    /// parent   the folder it is in; outlives this
    Shard(Descriptor folder, Descriptor const& parent) : folder_(std::move(folder)), parent_(parent) {}

    [[nodiscard]] int get() const { return folder_.get(); }
    /// Returns once the names given or taken before the call are on stable storage, and the folder's own too. Callers that meet
    /// share one sync.
    /// errors    unavailable, and for ever once a sync has failed: the kernel tells of a lost page once
    Result<> sync_blocking();

private:
    Result<> sync_now_blocking();

    Descriptor folder_;
    Descriptor const& parent_;
    std::atomic<std::uint64_t> asked_{0};
    std::mutex mutex_;  ///< guards what follows
    std::uint64_t synced_ = 0;
    bool is_named_ = false;  ///< its entry in the parent is sure, whichever process made it
    bool has_failed_ = false;
};

}  // namespace fleeting::disk
