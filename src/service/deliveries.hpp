#pragma once

#include "base/cutoff.hpp"
#include "base/ids.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace fleeting {

/// The blobs that this node has open for downloads, each with what cuts these. Thread-safe.
class Deliveries {
public:
    using Blobs = std::shared_ptr<std::vector<BlobKey> const>;

    /// What is open counts as long as somebody holds the cutoff.
    std::shared_ptr<Cutoff const> add(BlobKey blob);
    /// The same of many, whose list somebody holds as long.
    std::shared_ptr<Cutoff const> add(Blobs const& blobs);
    /// All that are open.
    [[nodiscard]] std::vector<BlobKey> blobs() const;
    /// Cuts, within a second, whatever has one of those among its blobs.
    void cut(std::vector<BlobKey> const& gone);

private:
    struct Open {
        Cutoff cutoff{Instant::max()};
        BlobKey blob;
        std::weak_ptr<std::vector<BlobKey> const> blobs;  ///< instead, where there are many
    };
    std::shared_ptr<Cutoff const> enter(std::shared_ptr<Open> open);
    /// What is closed is forgotten when there is twice as much as was open the last time.
    void forget_closed();

    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<Open>> open_;
    std::size_t look_at_ = 64;
};

}  // namespace fleeting
