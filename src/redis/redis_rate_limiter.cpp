#include "redis/redis_rate_limiter.hpp"

#include "base/base64.hpp"
#include "base/log.hpp"
#include "redis/rate_script.hpp"

#include <algorithm>
#include <limits>

namespace fleeting::redis {
namespace {

// A guess at a password takes a hundred; what takes longer isn't waited for.
constexpr auto kPatience = Milliseconds{80};

Result<> verdict_of(std::int64_t wait_ms)
{
    if (wait_ms <= 0)
        return {};
    auto const seconds = std::chrono::ceil<Seconds>(Milliseconds{wait_ms}).count();
    return fail(Error{Errc::rate_limited, "bucket is empty", {}, static_cast<int>(seconds)});
}

}  // namespace

Task<> RedisRateLimiter::take(std::vector<RateCharge> charges, Instant now)
{
    CO_TRY(co_await local_.take(charges, now));
    auto const wait = co_await run("take", charges, now);
    auto verdict = verdict_of(wait.value_or(0));
    if (!verdict) {
        CO_TRY(co_await local_.give_back(std::move(charges), now));
    }
    co_return verdict;
}

Task<> RedisRateLimiter::give_back(std::vector<RateCharge> charges, Instant now)
{
    auto const given = co_await run("give_back", charges, now);
    if (!given)
        log::debug("limit_not_given_back", given.error().detail);
    co_return co_await local_.give_back(std::move(charges), now);
}

Task<> RedisRateLimiter::check(std::vector<RateCharge> charges, Instant now)
{
    CO_TRY(co_await local_.check(charges, now));
    auto const wait = co_await run("check", std::move(charges), now);
    co_return verdict_of(wait.value_or(0));
}

Task<unsigned> RedisRateLimiter::charge(std::vector<RateCharge> charges, Instant now)
{
    CO_TRY(auto const left_here, co_await local_.charge(charges, now));
    auto const left = co_await run("charge", std::move(charges), now);
    if (!left || *left < 0)
        co_return left_here;
    co_return std::min(left_here, static_cast<unsigned>(std::min(*left, std::int64_t{std::numeric_limits<int>::max()})));
}

Task<std::int64_t> RedisRateLimiter::run(std::string operation, std::vector<RateCharge> charges, Instant now)
{
    auto command = command_of(std::move(operation), charges, now);
    auto reply = co_await client_.call(command, kPatience);
    if (reply && reply->is_error() && reply->text.starts_with("NOSCRIPT")) {
        command[0] = "EVAL";
        command[1] = kRateScript;
        reply = co_await client_.call(std::move(command), kPatience);
    }
    if (!reply)
        co_return fail(reply.error());
    if (reply->kind != Reply::Kind::integer)
        co_return fail(Errc::unavailable, "redis: " + reply->text);
    co_return reply->integer;
}

std::vector<std::string> RedisRateLimiter::command_of(std::string operation, std::vector<RateCharge> const& charges,
                                                      Instant now) const
{
    auto command = std::vector<std::string>{"EVALSHA", rate_script_sha1(), std::to_string(charges.size())};
    for (auto const& charge : charges)
        command.push_back(bucket_of(charge.key));
    command.push_back(std::move(operation));
    command.push_back(std::to_string(now.time_since_epoch().count()));
    for (auto const& charge : charges) {
        command.push_back(std::to_string(charge.policy.burst));
        command.push_back(std::to_string(charge.policy.period.count()));
    }
    return command;
}

std::string RedisRateLimiter::bucket_of(std::string const& key) const
{
    auto const mac = crypto::hmac_sha256(key_, std::as_bytes(std::span{key}));
    return "fleeting:limit:" + to_base64url(Bytes{mac}.first(16));
}

}  // namespace fleeting::redis
