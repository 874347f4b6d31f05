#pragma once

#include "crypto/hmac.hpp"
#include "ports/rate_limiter.hpp"
#include "redis/client.hpp"

#include <string>
#include <vector>

namespace fleeting::redis {

/// `RateLimiter` over several nodes: GCRA in Redis, by one script that sees all buckets at once, beside this node's own.
///
/// Both must let a caller pass. The own one has taken a part of what Redis has, so it never refuses what Redis wouldn't, as long
/// as what was taken here is given back here; and where Redis is away, hangs, or has been flushed, it holds alone: what passes
/// then is at most the limit once a node.
///
/// Time is the caller's, not Redis': then nodes, buckets and tests go by one clock. A bucket lives in Redis only until it is full
/// again, counted there, so a node whose clock is off can hold others up no longer than that. Thread-safe.
class RedisRateLimiter final : public RateLimiter {
public:
    /// local   this node's own
    /// key     256 bits, the same on every node: keys of buckets are hashed with it, as they hold addresses
    RedisRateLimiter(RateLimiter& local, Client& client, crypto::HmacKey const& key) : local_(local), client_(client), key_(key)
    {
    }

    Task<> take(std::vector<RateCharge> charges, Instant now) override;
    Task<> give_back(std::vector<RateCharge> charges, Instant now) override;
    Task<> check(std::vector<RateCharge> charges, Instant now) override;
    Task<unsigned> charge(std::vector<RateCharge> charges, Instant now) override;

private:
    /// What the script answers. errors: unavailable
    Task<std::int64_t> run(std::string operation, std::vector<RateCharge> charges, Instant now);
    [[nodiscard]] std::vector<std::string> command_of(std::string operation, std::vector<RateCharge> const& charges,
                                                      Instant now) const;
    [[nodiscard]] std::string bucket_of(std::string const& key) const;

    RateLimiter& local_;
    Client& client_;
    crypto::HmacKey key_;
};

}  // namespace fleeting::redis
