#include "domain/block.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

TEST(Block, HasOneSpelling)
{
    auto const spelling = [](std::string_view text) {
        auto const block = parse_block(text);
        return block ? block->value : block.error().field;
    };
    EXPECT_EQ(spelling("192.0.2.77/24"), "192.0.2.0/24");
    EXPECT_EQ(spelling("192.0.2.77"), "192.0.2.77/32");
    EXPECT_EQ(spelling("2001:DB8:0:0::1/33"), "2001:db8::/33");
    EXPECT_EQ(spelling("2001:db8::1"), "2001:db8::1/128");
    EXPECT_EQ(spelling(std::string(64, 'A')), std::string(64, 'a'));
    EXPECT_TRUE(parse_block(std::string(64, 'A'))->digest);
    EXPECT_FALSE(parse_block("192.0.2.0/24")->digest);
}

TEST(Block, RefusesWhatIsNeitherOrCoversTheWorld)
{
    for (auto const* const bad : {"",
                                  "x",
                                  "192.0.2",
                                  "192.0.2.0/",
                                  "192.0.2.0/33",
                                  "192.0.2.0/-1",
                                  "192.0.2.0/24 ",
                                  "192.0.2.0/24/24",
                                  "10.0.0.0/7",
                                  "0.0.0.0/0",
                                  "2000::/15",
                                  "::/0",
                                  "::/16",
                                  "::ffff:0:0/96",
                                  "::ffff:10.0.0.0/103",
                                  "2001:db8::/129",
                                  "2001:db8::/+32",
                                  "aa",
                                  "fe80::1%eth0",
                                  "192.0.2.0/08x"}) {
        auto const block = parse_block(bad);
        ASSERT_FALSE(block) << bad;
        EXPECT_EQ(block.error().code, Errc::invalid_request);
        EXPECT_EQ(block.error().field, "block");
    }
    EXPECT_TRUE(parse_block("10.0.0.0/8"));
    EXPECT_TRUE(parse_block("2001::/16"));
    EXPECT_TRUE(parse_block("::ffff:10.0.0.0/104"));
}

}  // namespace
}  // namespace fleeting
