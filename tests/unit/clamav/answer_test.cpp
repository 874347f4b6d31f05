#include "clamav/answer.hpp"

#include <gtest/gtest.h>

namespace fleeting::clamav {
namespace {

using Kind = Verdict::Kind;

TEST(ClamdAnswer, SaysWhetherTheFileIsClean)
{
    EXPECT_EQ(*parse_answer("stream: OK"), (Verdict{Kind::clean, ""}));
    EXPECT_EQ(*parse_answer("stream: Win.Test.EICAR_HDB-1 FOUND"), (Verdict{Kind::infected, "Win.Test.EICAR_HDB-1"}));
    EXPECT_EQ(*parse_answer("INSTREAM size limit exceeded. ERROR"), (Verdict{Kind::too_large, ""}));
}

TEST(ClamdAnswer, IsNeverTakenForCleanWhereItIsAnythingElse)
{
    for (auto const* const odd :
         {"", "OK", "stream: ", "stream: OK ", "stream: OKAY", "stream:  FOUND", "stream: FOUND", "streams: OK",
          "stream: Can't allocate memory ERROR", "UNKNOWN COMMAND", "stream: OK\nstream: X FOUND\n"}) {
        auto const answer = parse_answer(odd);
        EXPECT_TRUE(!answer || answer->kind == Kind::infected) << odd;
    }
    EXPECT_EQ(parse_answer("stream: Can't allocate memory ERROR").error().code, Errc::unavailable);
}

TEST(ClamdAnswer, HasANameThatMayStandInALog)
{
    auto const found = parse_answer("stream: a\x1b[2J\n\xff FOUND");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->found, "a?[2J??");
    EXPECT_EQ(parse_answer("stream: " + std::string(4'000, 'x') + " FOUND")->found.size(), 128U);
    EXPECT_FALSE(parse_answer("stream: " + std::string(5'000, 'x') + " FOUND"));
}

}  // namespace
}  // namespace fleeting::clamav
