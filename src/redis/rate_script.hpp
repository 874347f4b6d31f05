#pragma once

#include <string>

namespace fleeting::redis {

/// GCRA over all buckets of a call, all or none: memory::MemoryRateLimiter in Lua. A bucket is its theoretical arrival time, in
/// milliseconds; one that is full again isn't there.
///
/// KEYS      the buckets
/// ARGV      take, give_back, check or charge; now; then burst and period of each bucket
/// returns   take, check: how long to wait (nothing was taken unless it is 0); charge: how many more the emptiest takes
inline constexpr auto kRateScript = R"lua(
local operation, now = ARGV[1], tonumber(ARGV[2])
local arrivals, bursts, periods = {}, {}, {}
for i, key in ipairs(KEYS) do
    arrivals[i] = tonumber(redis.call('GET', key) or 0) or 0
    bursts[i], periods[i] = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
end

local function wait()
    local longest = 0
    for i in ipairs(KEYS) do
        longest = math.max(longest, arrivals[i] - now - periods[i] * (bursts[i] - 1))
    end
    return longest
end

local function move(count)
    for i, key in ipairs(KEYS) do
        arrivals[i] = math.max(arrivals[i], now) + count * periods[i]
        if arrivals[i] <= now then
            redis.call('DEL', key)
        else
            redis.call('SET', key, string.format('%.0f', arrivals[i]), 'PX', string.format('%.0f', arrivals[i] - now))
        end
    end
end

local function left()
    local least = 2147483647
    for i in ipairs(KEYS) do
        if periods[i] > 0 then
            local free = math.max(periods[i] * bursts[i] - math.max(arrivals[i] - now, 0), 0)
            least = math.min(least, math.floor(free / periods[i]))
        end
    end
    return least
end

if operation == 'check' then
    return wait()
elseif operation == 'take' then
    local longest = wait()
    if longest <= 0 then move(1) end
    return longest
elseif operation == 'give_back' then
    move(-1)
    return 0
end
move(1)
return left()
)lua";

/// By which the server knows the script, once it has had it.
std::string const& rate_script_sha1();

}  // namespace fleeting::redis
