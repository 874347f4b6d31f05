#include "memory/memory_rate_limiter.hpp"

#include <algorithm>
#include <limits>

namespace fleeting::memory {

Task<> MemoryRateLimiter::take(std::vector<RateCharge> charges, Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    CO_TRY(check_locked(charges, now));
    move_locked(charges, now, 1);
    co_return Result<>{};
}

Task<> MemoryRateLimiter::give_back(std::vector<RateCharge> charges, Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    move_locked(charges, now, -1);
    co_return Result<>{};
}

Task<> MemoryRateLimiter::check(std::vector<RateCharge> charges, Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    co_return check_locked(charges, now);
}

Task<unsigned> MemoryRateLimiter::charge(std::vector<RateCharge> charges, Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    move_locked(charges, now, 1);
    co_return left_locked(charges, now);
}

std::size_t MemoryRateLimiter::bucket_count() const
{
    auto const lock = std::scoped_lock{mutex_};
    return arrivals_.size();
}

Result<> MemoryRateLimiter::check_locked(std::vector<RateCharge> const& charges, Instant now) const
{
    auto wait = Milliseconds{0};
    for (auto const& charge : charges) {
        auto const found = arrivals_.find(charge.key);
        if (found == arrivals_.end())
            continue;
        auto const tolerance = charge.policy.period * (charge.policy.burst - 1);
        wait = std::max(wait, found->second - now - tolerance);
    }
    if (wait <= Milliseconds{0})
        return {};
    auto const seconds = std::chrono::ceil<Seconds>(wait).count();
    return fail(Error{Errc::rate_limited, "bucket is empty", {}, static_cast<int>(seconds)});
}

unsigned MemoryRateLimiter::left_locked(std::vector<RateCharge> const& charges, Instant now) const
{
    auto least = std::numeric_limits<unsigned>::max();
    for (auto const& [key, policy] : charges) {
        if (policy.period <= Milliseconds{0})
            continue;  // refilled at once: never empty
        auto const found = arrivals_.find(key);
        auto const taken = found == arrivals_.end() ? Milliseconds{0} : std::max(found->second - now, Milliseconds{0});
        auto const free = std::max(policy.period * policy.burst - taken, Milliseconds{0});
        least = std::min(least, static_cast<unsigned>(free / policy.period));
    }
    return least;
}

void MemoryRateLimiter::move_locked(std::vector<RateCharge> const& charges, Instant now, int count)
{
    for (auto const& charge : charges) {
        auto& arrival = arrivals_[charge.key];
        arrival = std::max(arrival, now) + count * charge.policy.period;
        if (arrival <= now)
            arrivals_.erase(charge.key);
    }
    if (arrivals_.size() >= drop_at_)
        drop_full_locked(now);
}

void MemoryRateLimiter::drop_full_locked(Instant now)
{
    std::erase_if(arrivals_, [&](auto const& bucket) { return bucket.second <= now; });
    // Looking at all of them costs as much as has grown since the last look.
    drop_at_ = std::max<std::size_t>(1024, arrivals_.size() * 2);
}

}  // namespace fleeting::memory
