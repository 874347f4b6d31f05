#pragma once

#include "ports/rate_limiter.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace fleeting::memory {

/// GCRA in this process's memory. A bucket is one instant (its theoretical arrival time); one that is full again is dropped, so
/// memory is bounded by what was charged lately. Thread-safe.
class MemoryRateLimiter final : public RateLimiter {
public:
    Task<> take(std::vector<RateCharge> charges, Instant now) override;
    Task<> give_back(std::vector<RateCharge> charges, Instant now) override;
    Task<> check(std::vector<RateCharge> charges, Instant now) override;
    Task<unsigned> charge(std::vector<RateCharge> charges, Instant now) override;
    [[nodiscard]] std::size_t bucket_count() const;

private:
    [[nodiscard]] Result<> check_locked(std::vector<RateCharge> const& charges, Instant now) const;
    [[nodiscard]] unsigned left_locked(std::vector<RateCharge> const& charges, Instant now) const;
    void move_locked(std::vector<RateCharge> const& charges, Instant now, int count);
    void drop_full_locked(Instant now);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Instant> arrivals_;
    std::size_t drop_at_ = 1024;
};

}  // namespace fleeting::memory
