// What every EventBus and RateLimiter promise, run once for each backend.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "memory/memory_event_bus.hpp"
#include "memory/memory_rate_limiter.hpp"
#include "support/next_event.hpp"
#include "support/redis_node.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace fleeting {
namespace {

Event changed(std::uint64_t version)
{
    return {version, FileRemoved{{}, std::to_string(version)}};
}

/// Versions handed out until nothing comes for a moment.
Task<std::vector<std::uint64_t>> drain(Subscription& subscription)
{
    auto versions = std::vector<std::uint64_t>{};
    while (true) {
        CO_TRY(auto const event, co_await test::next_event(subscription, Milliseconds{50}));
        if (!event)
            co_return versions;
        if (event->version() != 0)
            versions.push_back(event->version());
    }
}

struct MemoryBackend {
    memory::MemoryEventBus bus;
};
struct RedisBackend {
    RedisServer server;
    RedisNode node{server.url()};
    EventBus& bus = node.bus;
};

template <class Backend>
class EventBusContract : public testing::Test {
protected:
    Backend backend_;
    EventBus& bus_ = backend_.bus;
    RoomId room_ = crypto::random_id<RoomId>();
    TokenHash session_ = crypto::random_id<TokenHash>();
};

using Buses = testing::Types<MemoryBackend, RedisBackend>;
TYPED_TEST_SUITE(EventBusContract, Buses);

TYPED_TEST(EventBusContract, KeepsFewOfTheEventsThatNameVeryManyFiles)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto first, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        first->skip_to(1);
        for (auto version = std::uint64_t{2}; version <= 9; ++version)
            this->bus_.publish(this->room_, {version, FilesTaken{std::vector<FileId>(1'000), this->session_}});
        CO_TRY(auto const seen, co_await drain(*first));
        EXPECT_EQ(seen.size(), 8U);
        CO_TRY(auto const recent, co_await this->bus_.subscribe(this->room_, this->session_, 5));
        EXPECT_TRUE(recent->is_gapless());
        CO_TRY(auto const older, co_await this->bus_.subscribe(this->room_, this->session_, 4));
        EXPECT_FALSE(older->is_gapless());
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, HandsOutWhatHappensAndReplaysWhatWasMissed)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto first, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        EXPECT_FALSE(first->is_gapless());
        first->skip_to(1);
        for (auto version = std::uint64_t{2}; version <= 5; ++version)
            this->bus_.publish(this->room_, changed(version));
        CO_TRY(auto const seen, co_await drain(*first));
        EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 3, 4, 5}));
        EXPECT_EQ(first->seen_version(), 5U);
        CO_TRY(auto back, co_await this->bus_.subscribe(this->room_, this->session_, 3));
        EXPECT_TRUE(back->is_gapless());
        CO_TRY(auto const missed, co_await drain(*back));
        EXPECT_EQ(missed, (std::vector<std::uint64_t>{4, 5}));
        CO_TRY(auto const stale, co_await this->bus_.subscribe(this->room_, this->session_, 0));
        EXPECT_FALSE(stale->is_gapless());
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, TellsNoIdThatAnEarlierEventMayStillMiss)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        stream->skip_to(1);
        this->bus_.publish(this->room_, changed(3));
        CO_TRY(auto const ahead, co_await drain(*stream));
        EXPECT_EQ(ahead, (std::vector<std::uint64_t>{3}));
        EXPECT_EQ(stream->seen_version(), 1U);
        this->bus_.publish(this->room_, changed(2));
        CO_TRY(co_await drain(*stream));
        EXPECT_EQ(stream->seen_version(), 3U);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, DropsAStreamThatFallsBehind)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        for (auto version = std::uint64_t{1}; version < 1000; ++version)
            this->bus_.publish(this->room_, changed(version));
        EXPECT_EQ((co_await test::next_event(*stream, Milliseconds{10})).error().code, Errc::busy);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, KnowsWhoIsPresent)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        EXPECT_EQ(this->bus_.present(this->room_), std::vector{this->session_});
        stream.reset();
        EXPECT_TRUE(this->bus_.present(this->room_).empty());
        auto streams = std::vector<std::unique_ptr<Subscription>>{};
        for (auto i = 0; i < 4; ++i) {
            CO_TRY(auto one, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
            streams.push_back(std::move(one));
        }
        EXPECT_EQ((co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt)).error().code, Errc::rate_limited);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, TakesEventsFromEveryThread)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        stream->skip_to(0);
        auto publishers = std::vector<std::thread>{};
        for (auto i = std::uint64_t{0}; i < 4; ++i)
            publishers.emplace_back([this, i] {
                for (auto version = i * 25 + 1; version <= i * 25 + 25; ++version)
                    this->bus_.publish(this->room_, changed(version));
            });
        auto count = std::size_t{0};
        while (count < 100) {
            CO_TRY(auto const event, co_await test::next_event(*stream, Milliseconds{5000}));
            count += event && event->version() != 0 ? 1 : 0;
        }
        for (auto& publisher : publishers)
            publisher.join();
        EXPECT_EQ(stream->seen_version(), 100U);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, TellsAStreamThatItMissedSomething)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        CO_TRY(co_await drain(*stream));
        this->bus_.catch_up(this->room_, 5);
        EXPECT_FALSE(*co_await test::next_event(*stream, Milliseconds{10})) << "its snapshot is still to come";
        stream->skip_to(3);
        this->bus_.publish(this->room_, changed(4));
        this->bus_.publish(this->room_, changed(6));
        this->bus_.catch_up(this->room_, 4);
        CO_TRY(auto const told, co_await drain(*stream));
        EXPECT_EQ(told, (std::vector<std::uint64_t>{4, 6}));
        this->bus_.catch_up(this->room_, 6);
        this->bus_.catch_up(this->room_, 6);
        CO_TRY(auto const missed, co_await test::next_event(*stream, Milliseconds{10}));
        EXPECT_TRUE(missed && std::holds_alternative<EventsMissed>(missed->what()));
        EXPECT_FALSE(*co_await test::next_event(*stream, Milliseconds{10})) << "once";
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TYPED_TEST(EventBusContract, WakesAStreamOnceForAllThatItHasNotTaken)
{
    auto const scenario = [this]() -> Task<> {
        CO_TRY(auto stream, co_await this->bus_.subscribe(this->room_, this->session_, std::nullopt));
        CO_TRY(co_await drain(*stream));
        stream->skip_to(1);
        auto woken = std::make_shared<std::atomic<int>>(0);
        stream->on_news([woken] { ++*woken; });
        this->bus_.publish(this->room_, changed(2));
        this->bus_.publish(this->room_, changed(3));
        EXPECT_EQ(*woken, 1);
        CO_TRY(auto const told, co_await drain(*stream));
        EXPECT_EQ(told, (std::vector<std::uint64_t>{2, 3}));
        this->bus_.publish(this->room_, changed(4));
        EXPECT_EQ(*woken, 2);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TEST(SharedEvents, AreWrittenDownOnceForAllWhoAskUnderTheSameId)
{
    auto const event = SharedEvent{changed(7)};
    auto count = 0;
    auto const make = [&] { return std::to_string(++count); };
    EXPECT_EQ(*event.text(7, make), "1");
    EXPECT_EQ(event.text(7, make), event.text(7, make));
    EXPECT_EQ(*event.text(6, make), "2");
    EXPECT_EQ(*event.text(std::nullopt, make), "3");
}

struct MemoryLimits {
    memory::MemoryRateLimiter limiter;
};

/// Each call goes to another node than the one before: they must agree. Only who took gives back, as in a request.
class AlternatingLimiter final : public RateLimiter {
public:
    Task<> take(std::vector<RateCharge> charges, Instant now) override { return next().take(std::move(charges), now); }
    Task<> give_back(std::vector<RateCharge> charges, Instant now) override
    {
        return current().give_back(std::move(charges), now);
    }
    Task<> check(std::vector<RateCharge> charges, Instant now) override { return next().check(std::move(charges), now); }
    Task<unsigned> charge(std::vector<RateCharge> charges, Instant now) override
    {
        return next().charge(std::move(charges), now);
    }

private:
    RateLimiter& current() { return is_first_ ? one_.limiter : other_.limiter; }
    RateLimiter& next()
    {
        is_first_ = !is_first_;
        return current();
    }

    RedisServer server_;
    RedisNode one_{server_.url()};
    RedisNode other_{server_.url()};
    bool is_first_ = false;
};
struct RedisLimits {
    AlternatingLimiter limiter;
};

template <class Backend>
class RateLimiterContract : public testing::Test {
protected:
    Backend backend_;
    RateLimiter& limiter_ = backend_.limiter;
    Instant now_{Milliseconds{1'700'000'000'000}};
    std::vector<RateCharge> charges_{{"a", {3, Milliseconds{1000}}}, {"b", {100, Milliseconds{1000}}}};
};

using Limiters = testing::Types<MemoryLimits, RedisLimits>;
TYPED_TEST_SUITE(RateLimiterContract, Limiters);

TYPED_TEST(RateLimiterContract, LetsABurstThroughAndThenOneAPeriod)
{
    for (auto i = 0; i < 3; ++i)
        EXPECT_TRUE(run_blocking(this->limiter_.take(this->charges_, this->now_)));
    auto const refused = run_blocking(this->limiter_.take(this->charges_, this->now_));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_EQ(refused.error().retry_after_seconds, 1);
    EXPECT_TRUE(run_blocking(this->limiter_.take(this->charges_, this->now_ + Seconds{1})));
    EXPECT_FALSE(run_blocking(this->limiter_.take(this->charges_, this->now_ + Seconds{1})));
}

TYPED_TEST(RateLimiterContract, ChecksWithoutTakingAndChargesIntoDebt)
{
    for (auto i = 0; i < 20; ++i)
        EXPECT_TRUE(run_blocking(this->limiter_.check(this->charges_, this->now_)));
    for (auto i = 0; i < 20; ++i)
        EXPECT_TRUE(run_blocking(this->limiter_.charge(this->charges_, this->now_)));
    EXPECT_FALSE(run_blocking(this->limiter_.check(this->charges_, this->now_ + Seconds{17})));
    EXPECT_TRUE(run_blocking(this->limiter_.check(this->charges_, this->now_ + Seconds{18})));
}

TYPED_TEST(RateLimiterContract, GivesBack)
{
    for (auto i = 0; i < 10; ++i) {
        EXPECT_TRUE(run_blocking(this->limiter_.take(this->charges_, this->now_)));
        EXPECT_TRUE(run_blocking(this->limiter_.give_back(this->charges_, this->now_)));
    }
}

TYPED_TEST(RateLimiterContract, TakesFromAllBucketsOrFromNone)
{
    auto const period = Milliseconds{1000};
    auto const both = std::vector<RateCharge>{{"narrow", {1, period}}, {"wide", {5, period}}};
    EXPECT_TRUE(run_blocking(this->limiter_.take(both, this->now_)));
    for (auto i = 0; i < 10; ++i)
        EXPECT_FALSE(run_blocking(this->limiter_.take(both, this->now_)));
    for (auto i = 0; i < 4; ++i)
        EXPECT_TRUE(run_blocking(this->limiter_.take({{"wide", {5, period}}}, this->now_)));
    EXPECT_FALSE(run_blocking(this->limiter_.take({{"wide", {5, period}}}, this->now_)));
}

TYPED_TEST(RateLimiterContract, TellsHowManyTheEmptiestBucketTakesStill)
{
    auto const at_once = RatePolicy{5, Milliseconds{0}};
    auto const charge = [&](Milliseconds later) {
        return *run_blocking(this->limiter_.charge(
            {{"a", {3, Milliseconds{1000}}}, {"b", {30, Milliseconds{100}}}, {"c", at_once}}, this->now_ + later));
    };
    for (auto const left : {2U, 1U, 0U, 0U})
        EXPECT_EQ(charge(Milliseconds{0}), left);
    EXPECT_EQ(charge(Milliseconds{3'000}), 1U);
}

TEST(MemoryRateLimiter, KeepsOnlyBucketsThatAreNotFull)
{
    auto limiter = memory::MemoryRateLimiter{};
    auto now = Instant{Milliseconds{1'000'000'000}};
    for (auto i = 0; i < 20'000; ++i) {
        now += Milliseconds{10};
        EXPECT_TRUE(run_blocking(limiter.take({{std::to_string(i), {1, Milliseconds{100}}}}, now)));
    }
    EXPECT_LT(limiter.bucket_count(), 1100U);
}

}  // namespace
}  // namespace fleeting
