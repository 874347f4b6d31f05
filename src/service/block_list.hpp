#pragma once

#include "domain/block.hpp"

#include <atomic>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace fleeting {

/// What is blocked, as this node knows it. Asked by every request and every upload, so that an empty one costs nothing.
/// Thread-safe.
class BlockList {
public:
    void replace(std::vector<Block> blocks);
    /// Whether a file of that SHA-256 may not be kept.
    [[nodiscard]] bool has(Sha256 const& digest) const;
    [[nodiscard]] bool has_digests() const { return has_digests_; }
    [[nodiscard]] bool has_ranges() const { return has_ranges_; }
    /// The blocked range that `address` lies in.
    [[nodiscard]] std::optional<std::string> range_of(std::string_view address) const;

private:
    mutable std::mutex mutex_;
    std::unordered_set<Sha256> digests_;
    std::vector<Block> ranges_;
    std::atomic<bool> has_digests_{false};
    std::atomic<bool> has_ranges_{false};
};

}  // namespace fleeting
