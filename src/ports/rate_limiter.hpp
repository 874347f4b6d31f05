#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <string>
#include <vector>

namespace fleeting {

/// A GCRA bucket: `burst` at once, then one each `period`.
struct RatePolicy {
    unsigned burst = 10;
    Milliseconds period{60'000};
};

/// One bucket to charge: `key` names it (`join:room:<hash>`).
struct RateCharge {
    std::string key;
    RatePolicy policy;
};

/// Charges before the work. Thread-safe.
class RateLimiter {
public:
    virtual ~RateLimiter() = default;
    /// Takes one from every bucket, or from none. errors: rate_limited with retry_after_seconds (at least 1)
    virtual Task<> take(std::vector<RateCharge> charges, Instant now) = 0;
    /// Gives one back to each.
    virtual Task<> give_back(std::vector<RateCharge> charges, Instant now) = 0;
    /// Whether every bucket has one left; takes nothing. So thirty people who join at one instant all pass, while …
    /// errors: rate_limited
    virtual Task<> check(std::vector<RateCharge> charges, Instant now) = 0;
    /// … each wrong guess is charged afterwards, also to an empty bucket, which then owes it: many guesses in flight at once
    /// buy no more than the same guesses one by one.
    /// returns   how many more the emptiest of them takes now
    virtual Task<unsigned> charge(std::vector<RateCharge> charges, Instant now) = 0;
};

}  // namespace fleeting
