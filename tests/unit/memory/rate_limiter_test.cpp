#include "async/run_blocking.hpp"
#include "memory/memory_rate_limiter.hpp"

#include <gtest/gtest.h>

namespace fleeting::memory {
namespace {

auto const kNow = Instant{Milliseconds{1'700'000'000'000}};
auto const kThree = RatePolicy{3, Milliseconds{1'000}};

class RateLimiterTest : public testing::Test {
protected:
    bool take(Instant at, std::string const& bucket = "a")
    {
        return run_blocking(limiter.take({{bucket, kThree}}, at)).has_value();
    }
    MemoryRateLimiter limiter;
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenOneAPeriod)
{
    for (auto i = 0; i < 3; ++i)
        EXPECT_TRUE(take(kNow));
    EXPECT_FALSE(take(kNow));
    EXPECT_FALSE(take(kNow + Milliseconds{999}));
    EXPECT_TRUE(take(kNow + Milliseconds{1'000}));
    EXPECT_FALSE(take(kNow + Milliseconds{1'000}));
}

TEST_F(RateLimiterTest, TellsWhenToTryAgain)
{
    for (auto i = 0; i < 3; ++i)
        take(kNow);
    EXPECT_EQ(run_blocking(limiter.take({{"a", kThree}}, kNow)).error().retry_after_seconds, 1);
}

TEST_F(RateLimiterTest, TellsHowManyTheEmptiestBucketTakesStill)
{
    auto const at_once = RatePolicy{5, Milliseconds{0}};
    auto const wide = RatePolicy{30, Milliseconds{100}};
    auto const charge = [&](Instant at) {
        return *run_blocking(limiter.charge({{"a", kThree}, {"b", wide}, {"c", at_once}}, at));
    };
    EXPECT_EQ(charge(kNow), 2U);
    EXPECT_EQ(charge(kNow), 1U);
    EXPECT_EQ(charge(kNow), 0U);
    EXPECT_EQ(charge(kNow), 0U) << "and owes one";
    EXPECT_EQ(charge(kNow + Milliseconds{3'000}), 1U);
}

TEST_F(RateLimiterTest, ChargesAllBucketsOrNone)
{
    for (auto i = 0; i < 3; ++i)
        take(kNow, "full");
    for (auto i = 0; i < 5; ++i)
        EXPECT_FALSE(run_blocking(limiter.take({{"free", kThree}, {"full", kThree}}, kNow)));
    EXPECT_TRUE(take(kNow, "free"));
}

TEST_F(RateLimiterTest, GivesBackWhatWasTaken)
{
    for (auto i = 0; i < 30; ++i) {
        EXPECT_TRUE(take(kNow));
        ASSERT_TRUE(run_blocking(limiter.give_back({{"a", kThree}}, kNow)));
    }
}

TEST_F(RateLimiterTest, ForgetsBucketsThatAreFullAgain)
{
    for (auto i = 0; i < 10'000; ++i)
        take(kNow + Milliseconds{i * 10}, std::to_string(i));
    EXPECT_LT(limiter.bucket_count(), 5'000U);
}

}  // namespace
}  // namespace fleeting::memory
