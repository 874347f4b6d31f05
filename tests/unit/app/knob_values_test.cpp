#include "app/knob_values.hpp"

#include <gtest/gtest.h>

namespace fleeting::app {
namespace {

TEST(KnobValues, ReadSizesWithTheirUnits)
{
    EXPECT_EQ(parse_bytes("10"), 10U);
    EXPECT_EQ(parse_bytes("512KiB"), 512U << 10);
    EXPECT_EQ(parse_bytes("2GiB"), 2ULL << 30);
    EXPECT_EQ(parse_bytes("5MB"), 5'000'000U);
    EXPECT_EQ(parse_bytes("2gib"), std::nullopt);
    EXPECT_EQ(parse_bytes("GiB"), std::nullopt);
    EXPECT_EQ(parse_bytes("8388608GiB"), std::nullopt) << "one more than JSON's numbers hold";
}

TEST(KnobValues, WriteSizesInTheLargestUnitThatFits)
{
    EXPECT_EQ(format_bytes(0), "0");
    EXPECT_EQ(format_bytes(1), "1");
    EXPECT_EQ(format_bytes(46U << 20), "46MiB");
    EXPECT_EQ(format_bytes(1'000'000'000), "1GB");
    EXPECT_EQ(format_bytes((5ULL << 30) + 1), "5368709121");
}

TEST(KnobValues, ReadDurationsWithTheirUnits)
{
    EXPECT_EQ(parse_duration("250ms"), Milliseconds{250});
    EXPECT_EQ(parse_duration("30min"), Milliseconds{1'800'000});
    EXPECT_EQ(parse_duration("24h"), Milliseconds{86'400'000});
    EXPECT_EQ(parse_duration("30"), std::nullopt);
    EXPECT_EQ(parse_duration("1m"), std::nullopt) << "a minute, or a month, or a millisecond?";
    EXPECT_EQ(format_duration(Milliseconds{90'000}), "90s");
    EXPECT_EQ(format_duration(Milliseconds{0}), "0ms");
}

TEST(KnobValues, ReadRatesAsBurstAndPeriod)
{
    auto const rate = parse_rate("10/60s");
    ASSERT_TRUE(rate);
    EXPECT_EQ(rate->burst, 10U);
    EXPECT_EQ(rate->period, Milliseconds{60'000});
    EXPECT_EQ(format_rate(*rate), "10/1min");
    EXPECT_FALSE(parse_rate("10/169h"));
    EXPECT_FALSE(parse_rate("1000001/1s"));
}

TEST(KnobValues, ReadListsWithoutSpacesAndEmptyItems)
{
    EXPECT_EQ(parse_list("10.0.0.0/8, ::1,"), (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    EXPECT_TRUE(parse_list("").empty());
}

}  // namespace
}  // namespace fleeting::app
