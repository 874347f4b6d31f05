#include "redis/presence.hpp"

#include "crypto/random.hpp"

#include <gtest/gtest.h>

namespace fleeting::redis {
namespace {

TEST(Presence, IsWhatNodesToldLast)
{
    auto presence = Presence{};
    auto const room = crypto::random_id<RoomId>();
    auto const [one, other] = std::pair{crypto::random_id<NodeId>(), crypto::random_id<NodeId>()};
    auto const [ada, tom] = std::pair{crypto::random_id<TokenHash>(), crypto::random_id<TokenHash>()};
    auto now = Instant{Milliseconds{1'000'000}};
    EXPECT_TRUE(presence.hear(one, {room, {ada, tom}}, now));
    EXPECT_FALSE(presence.hear(one, {room, {tom, ada}}, now)) << "the same again";
    EXPECT_TRUE(presence.hear(other, {room, {tom}}, now));
    EXPECT_EQ(presence.of(room).size(), 3U);
    EXPECT_TRUE(presence.hear(one, {room, {}}, now));
    EXPECT_EQ(presence.of(room), std::vector{tom});
    EXPECT_FALSE(presence.hear(one, {room, {}}, now));
    EXPECT_TRUE(presence.forget_silent(now + Presence::kPatience - Milliseconds{1}).empty());
    EXPECT_EQ(presence.forget_silent(now + Presence::kPatience), std::vector{room});
    EXPECT_TRUE(presence.of(room).empty());
}

}  // namespace
}  // namespace fleeting::redis
