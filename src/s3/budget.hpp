#pragma once

#include "base/units.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace fleeting::s3 {

/// Memory that many share and nobody waits for. Thread-safe.
class Budget {
public:
    explicit Budget(ByteCount size) : left_(static_cast<std::int64_t>(size.value)) {}

    /// Held while it lives. Empty where nothing was left.
    class Grant {
    public:
        Grant() = default;
        Grant(Budget& budget, std::int64_t size) : budget_(&budget), size_(size) {}
        Grant(Grant&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), size_(other.size_) {}
        Grant& operator=(Grant&& other) noexcept
        {
            std::swap(budget_, other.budget_);
            std::swap(size_, other.size_);
            return *this;
        }
        ~Grant()
        {
            if (budget_ != nullptr)
                budget_->left_.fetch_add(size_, std::memory_order_relaxed);
        }
        explicit operator bool() const { return budget_ != nullptr; }

    private:
        Budget* budget_ = nullptr;
        std::int64_t size_ = 0;
    };

    Grant take(std::size_t size)
    {
        auto const wanted = static_cast<std::int64_t>(size);
        if (left_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted)
            return {*this, wanted};
        left_.fetch_add(wanted, std::memory_order_relaxed);
        return {};
    }

private:
    std::atomic<std::int64_t> left_;
};

}  // namespace fleeting::s3
