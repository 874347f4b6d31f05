#pragma once

// What a node has to do with Redis, without the rest of a node.

#include "base/clock.hpp"
#include "memory/memory_event_bus.hpp"
#include "memory/memory_rate_limiter.hpp"
#include "redis/redis_event_bus.hpp"
#include "redis/redis_rate_limiter.hpp"
#include "support/redis_server.hpp"

#include <functional>
#include <gtest/gtest.h>

namespace fleeting {

/// Asks again until it is so, for at most three seconds.
inline bool eventually(std::function<bool()> const& is_so)
{
    for (auto i = 0; i < 300; ++i) {
        if (is_so())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
}

class RedisNode {
public:
    explicit RedisNode(std::string const& url, std::byte key = std::byte{7})
        : client(*redis::parse_address(url), {"test", [this](std::string const& m) { bus.hear(m); }, [this] { bus.beat(); }}),
          bus({local, client, clock, [this](RoomId room, Event const& event) { local.publish(room, event); }}, key_of(key))
    {
        client.start();
        EXPECT_TRUE(eventually([this] { return client.is_connected(); }));
    }
    ~RedisNode() { client.stop(); }
    RedisNode(RedisNode const&) = delete;
    RedisNode& operator=(RedisNode const&) = delete;

    SystemClock clock;
    memory::MemoryEventBus local;
    redis::Client client;
    redis::RedisEventBus bus;
    memory::MemoryRateLimiter local_limiter;
    redis::RedisRateLimiter limiter{local_limiter, client, key_of(std::byte{9})};

private:
    static crypto::HmacKey key_of(std::byte first)
    {
        auto bytes = std::array<std::byte, 32>{};
        bytes[0] = first;
        return crypto::HmacKey{bytes};
    }
};

}  // namespace fleeting
