#include "s3/breaker.hpp"
#include "s3/buffer.hpp"

#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace fleeting::s3 {
namespace {

TEST(Breaker, OpensWhenTooManyInARowFail)
{
    auto breaker = Breaker{};
    for (auto i = 0; i < 5; ++i)
        breaker.refused();
    EXPECT_TRUE(breaker.check());
    breaker.succeeded();
    breaker.hung();
    breaker.hung();
    EXPECT_TRUE(breaker.check());
    breaker.hung();
    EXPECT_EQ(breaker.check().error().code, Errc::unavailable);
    breaker.succeeded();
    EXPECT_TRUE(breaker.check());
}

TEST(Breaker, WantsProbesWhileSomethingIsWrong)
{
    auto breaker = Breaker{};
    auto const now = Deadline{Seconds{100}};
    EXPECT_FALSE(breaker.wants_probe(now));
    breaker.refused();
    EXPECT_TRUE(breaker.wants_probe(now));
    EXPECT_FALSE(breaker.wants_probe(now + Milliseconds{499}));
    EXPECT_TRUE(breaker.wants_probe(now + Milliseconds{500}));
    breaker.succeeded();
    EXPECT_FALSE(breaker.wants_probe(now + Seconds{10}));
}

TEST(Buffer, GrowsFromTheBudgetWhileThereIsSome)
{
    auto budget = Budget{ByteCount{kMostBuffer}};
    auto first = std::optional{Buffer{ByteOffset{10}}};
    auto second = Buffer{};
    auto const piece = std::vector<std::byte>(kLeastBuffer, std::byte{7});
    first->append(piece, true);
    EXPECT_FALSE(first->has_room(1));
    EXPECT_TRUE(first->grow(budget));
    EXPECT_TRUE(first->has_room(kLeastBuffer));
    EXPECT_FALSE(second.grow(budget));
    EXPECT_EQ(first->end(), ByteOffset{10 + kLeastBuffer});
    EXPECT_EQ(first->digest(), crypto::sha256(piece).hex());
    first.reset();
    EXPECT_TRUE(second.grow(budget));
}

TEST(Buffer, ForgetsItsDigestWhenItIsCut)
{
    auto buffer = Buffer{};
    buffer.append(std::as_bytes(std::span{std::string_view{"hello"}}), true);
    buffer.cut({2});
    EXPECT_EQ(buffer.bytes().size(), 2U);
    EXPECT_EQ(buffer.digest(), "");
}

}  // namespace
}  // namespace fleeting::s3
