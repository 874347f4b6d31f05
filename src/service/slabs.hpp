#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace fleeting {

/// A few large buffers for the whole process: what uploads borrow while the disk is slow. Thread-safe.
class Slabs {
public:
    using Slab = std::unique_ptr<std::byte[]>;
    static constexpr auto kSize = std::size_t{256} << 10;

    explicit Slabs(std::size_t most) : left_(most) {}
    /// Nothing when all are lent out.
    Slab borrow()
    {
        auto const lock = std::scoped_lock{mutex_};
        if (left_ == 0)
            return nullptr;
        --left_;
        if (free_.empty())
            return std::make_unique_for_overwrite<std::byte[]>(kSize);
        auto slab = std::move(free_.back());
        free_.pop_back();
        return slab;
    }
    void give_back(Slab slab)
    {
        auto const lock = std::scoped_lock{mutex_};
        ++left_;
        free_.push_back(std::move(slab));
    }

private:
    std::mutex mutex_;
    std::size_t left_;
    std::vector<Slab> free_;
};

}  // namespace fleeting
