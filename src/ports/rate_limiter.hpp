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
    /// Gives one back to each (a join that turned out right).
    virtual Task<> give_back(std::vector<RateCharge> charges, Instant now) = 0;
};

}  // namespace fleeting
