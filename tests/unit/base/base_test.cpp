#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/cutoff.hpp"
#include "base/ids.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

TEST(Base64, AgreesWithRfc4648AndHasOneSpelling)
{
    EXPECT_EQ(to_base64(bytes_of("foob")), "Zm9vYg==");
    EXPECT_EQ(to_base64url(bytes_of("\xfb\xff")), "-_8");
    for (auto const* text : {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="})
        EXPECT_EQ(to_base64(*parse_base64(text)), text);
    for (auto const* text : {"Zg", "Zg=", "Zh==", "Zg===", "Z===", "=", "Zm9v=", "Zm 9", "Zm9-", "Zg==Zg=="})
        EXPECT_FALSE(parse_base64(text)) << text;
    for (auto const* text : {"Zg==", "Z", "Zh", "Zm+v"})
        EXPECT_FALSE(parse_base64url(text)) << text;
}

TEST(Ids, AreLowerCaseHexOfTheirOwnLength)
{
    auto const text = std::string{"00112233445566778899aabbccddeeff"};
    EXPECT_EQ(RoomId::parse(text)->hex(), text);
    for (auto const* bad : {"", "0011", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeefg",
                            "00112233445566778899aabbccddeeff0"})
        EXPECT_EQ(RoomId::parse(bad).error().code, Errc::not_found) << bad;
}

TEST(Cutoff, PassesAtItsInstantAndCanBeMoved)
{
    auto clock = ManualClock{};
    auto cutoff = Cutoff{clock.now() + Seconds{1}};
    EXPECT_FALSE(cutoff.has_passed(clock.now()));
    clock.advance(Seconds{1});
    EXPECT_TRUE(cutoff.has_passed(clock.now()));
    cutoff.move_to(clock.now() + Seconds{1});
    EXPECT_FALSE(cutoff.has_passed(clock.now()));
    cutoff.pass_now();
    EXPECT_TRUE(cutoff.has_passed(clock.now()));
}

TEST(SystemClock, StandsWithTheWallClockAtItsStart)
{
    auto const now = SystemClock{}.now();
    auto const wall = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    EXPECT_LT(std::chrono::abs(wall - now), Seconds{2});
}

}  // namespace
}  // namespace fleeting
