// Two nodes on one Redis: what one tells, the other hears; and what a Redis that goes away, hangs or lies does to them.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "support/next_event.hpp"
#include "support/redis_node.hpp"

namespace fleeting {
namespace {

class RedisNodes : public testing::Test {
protected:
    /// The next event that comes to a stream within three seconds.
    static std::shared_ptr<SharedEvent const> next(Subscription& stream)
    {
        auto event = run_blocking(test::next_event(stream, Milliseconds{3'000}));
        return event ? *event : nullptr;
    }
    std::unique_ptr<Subscription> listen(RedisNode& node)
    {
        return *run_blocking(node.bus.subscribe(room, session, std::nullopt));
    }
    static bool publishes(RedisNode& from, RoomId room, std::string const& by, Subscription& stream)
    {
        from.bus.publish(room, Event{2, FileRemoved{{}, by}});
        for (auto event = next(stream); event; event = next(stream))
            if (auto const* removed = std::get_if<FileRemoved>(&event->what()); removed != nullptr && removed->by == by)
                return true;
        return false;
    }

    RedisServer server;
    RedisNode one{server.url()};
    RedisNode other{server.url()};
    RoomId room = crypto::random_id<RoomId>();
    TokenHash session = crypto::random_id<TokenHash>();
};

TEST_F(RedisNodes, HearEachOther)
{
    auto const stream = listen(other);
    EXPECT_TRUE(publishes(one, room, "Ada", *stream));
}

TEST_F(RedisNodes, KnowWhoIsPresentOnTheOther)
{
    auto stream = listen(other);
    EXPECT_TRUE(eventually([&] { return one.bus.present(room) == std::vector{session}; }));
    stream.reset();
    EXPECT_TRUE(eventually([&] { return one.bus.present(room).empty(); }));
}

TEST_F(RedisNodes, HearEachOtherAgainWithinASecondOfItsReturn)
{
    auto const stream = listen(other);
    for (auto const is_killed : {true, false}) {
        if (is_killed)
            server.stop();
        else
            server.signal(SIGSTOP);
        EXPECT_TRUE(eventually([&] { return !one.client.is_connected() && !other.client.is_connected(); }));
        auto const begun = std::chrono::steady_clock::now();
        EXPECT_FALSE(run_blocking(one.client.call({"PING"}, Milliseconds{50})));
        EXPECT_LT(std::chrono::steady_clock::now() - begun, Milliseconds{40}) << "what is away isn't waited for";
        if (is_killed)
            server.start();
        else
            server.signal(SIGCONT);
        auto const back = std::chrono::steady_clock::now();
        EXPECT_TRUE(eventually([&] { return one.client.is_connected() && other.client.is_connected(); }));
        EXPECT_LT(std::chrono::steady_clock::now() - back, Milliseconds{1'000});
        EXPECT_TRUE(publishes(one, room, is_killed ? "killed" : "stopped", *stream));
    }
}

TEST_F(RedisNodes, DontHearWhoDoesntKnowTheKey)
{
    auto stranger = RedisNode{server.url(), std::byte{8}};
    auto const stream = listen(other);
    stranger.bus.publish(room, Event{2, FileRemoved{{}, "Mallory"}});
    EXPECT_TRUE(run_blocking(stranger.client.call({"PUBLISH", "test", "no message at all"}, Milliseconds{1'000})));
    EXPECT_TRUE(publishes(one, room, "Ada", *stream));
}

TEST_F(RedisNodes, ThatGetsNoAnswerInTimeAsksNoMoreUntilThereIsOne)
{
    EXPECT_TRUE(run_blocking(one.client.call({"CLIENT", "PAUSE", "400", "ALL"}, Milliseconds{1'000})));
    EXPECT_FALSE(run_blocking(one.client.call({"PING"}, Milliseconds{50})));
    EXPECT_FALSE(one.client.is_connected());
    EXPECT_TRUE(eventually([&] { return one.client.is_connected(); }));
    auto const answer = run_blocking(one.client.call({"PING"}, Milliseconds{500}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, "PONG");
}

class RedisLimits : public RedisNodes {
protected:
    bool take(RedisNode& node) { return run_blocking(node.limiter.take(charges, now)).has_value(); }
    unsigned passing(RedisNode& node)
    {
        auto count = 0U;
        while (count < 100 && take(node))
            ++count;
        return count;
    }
    Instant now{Milliseconds{1'700'000'000'000}};
    std::vector<RateCharge> charges{{"create:hour:192.0.2.7", {3, Milliseconds{60'000}}}};
};

TEST_F(RedisLimits, AreOneForAllNodesAndEachNodesOwnWithoutRedis)
{
    EXPECT_TRUE(take(one) && take(other) && take(one));
    EXPECT_FALSE(take(one));
    EXPECT_FALSE(take(other));
    server.stop();
    EXPECT_EQ(passing(one), 1U) << "what this node has taken of three counts on";
    EXPECT_EQ(passing(other), 2U);
}

TEST_F(RedisLimits, HoldANodeToItsOwnWhereRedisIsFlushed)
{
    for (auto i = 0; i < 3; ++i) {
        EXPECT_TRUE(take(one));
        EXPECT_TRUE(run_blocking(one.client.call({"FLUSHALL"}, Milliseconds{1'000})));
    }
    EXPECT_FALSE(take(one));
}

TEST_F(RedisLimits, CostNoTimeWhereRedisHangs)
{
    server.signal(SIGSTOP);
    auto const begun = std::chrono::steady_clock::now();
    EXPECT_EQ(passing(one), 3U);
    for (auto i = 0; i < 50; ++i)
        EXPECT_FALSE(run_blocking(one.limiter.check(charges, now)));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Milliseconds{400});
}

TEST_F(RedisLimits, SurviveABucketThatIsNone)
{
    EXPECT_TRUE(take(one));
    auto const keys = run_blocking(one.client.call({"KEYS", "*"}, Milliseconds{1'000}));
    ASSERT_EQ(keys->items.size(), 1U);
    auto const bucket = keys->items[0].text;
    EXPECT_EQ(bucket.find("192.0.2.7"), std::string::npos);
    EXPECT_TRUE(run_blocking(one.client.call({"SET", bucket, "nonsense"}, Milliseconds{1'000})));
    EXPECT_TRUE(take(one));
    EXPECT_TRUE(run_blocking(one.client.call({"DEL", bucket}, Milliseconds{1'000})));
    EXPECT_TRUE(run_blocking(one.client.call({"LPUSH", bucket, "a list"}, Milliseconds{1'000})));
    EXPECT_EQ(passing(one), 1U);
}

TEST_F(RedisLimits, LeaveNoBucketBehindThatIsFull)
{
    charges[0].policy = {3, Milliseconds{50}};
    EXPECT_TRUE(take(one));
    EXPECT_TRUE(eventually([&] {
        auto const keys = run_blocking(one.client.call({"DBSIZE"}, Milliseconds{1'000}));
        return keys && keys->integer == 0;
    }));
}

}  // namespace
}  // namespace fleeting
