#include "redis/address.hpp"

#include <gtest/gtest.h>

namespace fleeting::redis {
namespace {

TEST(RedisAddress, IsReadWithAllItsParts)
{
    auto const full = parse_address("redis://app:a%20b%40c@redis.example:6380/3");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->host, "redis.example");
    EXPECT_EQ(full->port, 6380);
    EXPECT_EQ(full->user, "app");
    EXPECT_EQ(full->password, "a b@c");
    EXPECT_EQ(full->database, 3U);
    auto const plain = parse_address("redis://:secret@[::1]");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "::1");
    EXPECT_EQ(plain->port, 6379);
    EXPECT_EQ(plain->user, "");
    EXPECT_EQ(plain->password, "secret");
    EXPECT_EQ(plain->database, 0U);
}

TEST(RedisAddress, MayBeASocket)
{
    auto const socket = parse_address("unix://:secret@/run/redis.sock?db=2");
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->socket, "/run/redis.sock");
    EXPECT_EQ(socket->password, "secret");
    EXPECT_EQ(socket->database, 2U);
}

TEST(RedisAddress, IsRefusedWhereItIsNone)
{
    for (auto const* const wrong :
         {"", "redis", "redis://", "http://host", "rediss://host", "redis://host:99999", "redis://host:0", "redis://host/x",
          "redis://host/1/2", "redis://host/1?db=2", "redis://host/#x", "unix://", "unix://host/path", "unix:///",
          "unix:///p?x=1", "redis://host/99999999999", "redis://a b"})
        EXPECT_FALSE(parse_address(wrong)) << wrong;
}

}  // namespace
}  // namespace fleeting::redis
