#include "app/knob_spellings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleeting::app {
namespace {

using testing::StartsWith;

TEST(KnobSpellings, TellHowADurationIsWritten)
{
    EXPECT_EQ(spelling_of_duration("30m"), "write a duration as 30min (units: ms, s, min, h)");
    EXPECT_THAT(spelling_of_duration("30"), StartsWith("write a duration as 30s or 30min ("));
    EXPECT_THAT(spelling_of_duration("30 minutes"), StartsWith("write a duration as 30min ("));
    EXPECT_THAT(spelling_of_duration("10 S"), StartsWith("write a duration as 10s ("));
    EXPECT_THAT(spelling_of_duration("250 msecs"), StartsWith("write a duration as 250ms ("));
    EXPECT_THAT(spelling_of_duration("2d"), StartsWith("write a duration as 48h ("));
    EXPECT_THAT(spelling_of_duration("1 Week"), StartsWith("write a duration as 168h ("));
}

TEST(KnobSpellings, TellHowASizeIsWritten)
{
    EXPECT_EQ(spelling_of_bytes("5G"), "write a size as 5GB or 5GiB (units: kB, MB, GB; KiB, MiB, GiB; none for bytes)");
    EXPECT_THAT(spelling_of_bytes("2gib"), StartsWith("write a size as 2GiB ("));
    EXPECT_THAT(spelling_of_bytes("5 MB"), StartsWith("write a size as 5MB or 5MiB ("));
    EXPECT_THAT(spelling_of_bytes("1KB"), StartsWith("write a size as 1kB or 1KiB ("));
    EXPECT_THAT(spelling_of_bytes("100 bytes"), StartsWith("write a size as 100 ("));
    EXPECT_THAT(spelling_of_bytes("2T"), StartsWith("write a size as 2000GB ("));
    EXPECT_THAT(spelling_of_bytes("2TiB"), StartsWith("write a size as 2048GiB ("));
}

TEST(KnobSpellings, TellHowARateIsWritten)
{
    EXPECT_EQ(spelling_of_rate("10/min"), "write a rate as 10/1min: burst/period (units of the period: ms, s, min, h)");
    EXPECT_THAT(spelling_of_rate("20/5m"), StartsWith("write a rate as 20/5min:"));
    EXPECT_THAT(spelling_of_rate("10/60"), StartsWith("write a rate as 10/60s:"));
    EXPECT_THAT(spelling_of_rate("100 / day"), StartsWith("write a rate as 100/24h:"));
}

TEST(KnobSpellings, GiveAnExampleOfWhatTheyCannotRead)
{
    for (auto const* text : {"", "soon", "-1s", "1.5h", "30minx", "9007199254740991d", "s"})
        EXPECT_THAT(spelling_of_duration(text), StartsWith("write a duration as 10s or 30min (")) << text;
    for (auto const* text : {"", "GiB", "-1", "1.5GB", "lots", "99999999999999999999G"})
        EXPECT_THAT(spelling_of_bytes(text), StartsWith("write a size as 512KiB or 5GB (")) << text;
    for (auto const* text : {"", "10", "10/", "/60s", "ten/1h", "10/1h/2", "1k/1s"})
        EXPECT_THAT(spelling_of_rate(text), StartsWith("write a rate as 10/60s:")) << text;
}

TEST(KnobSpellings, SayNothingOfWhatIsWrittenWell)
{
    for (auto const* text : {"0ms", "10s", "30min", "24h", "99999999999999999999h"})
        EXPECT_EQ(spelling_of_duration(text), "") << text;
    for (auto const* text : {"0", "1", "512KiB", "5kB", "99999999999999999999GiB"})
        EXPECT_EQ(spelling_of_bytes(text), "") << text;
    for (auto const* text : {"0/60s", "10/60s", "10/999999h"})
        EXPECT_EQ(spelling_of_rate(text), "") << text;
}

}  // namespace
}  // namespace fleeting::app
