#include "base/address_range.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

TEST(AddressRange, HasExactlyItsAddresses)
{
    auto const has = [](std::string_view range, std::string_view address) {
        return parse_address_range(range)->has(*to_address_bytes(address));
    };
    EXPECT_TRUE(has("192.0.2.128/25", "192.0.2.128"));
    EXPECT_TRUE(has("192.0.2.128/25", "192.0.2.255"));
    EXPECT_FALSE(has("192.0.2.128/25", "192.0.2.127"));
    EXPECT_FALSE(has("192.0.2.128/25", "192.0.3.128"));
    EXPECT_TRUE(has("192.0.2.1", "::ffff:192.0.2.1")) << "one address, however a socket tells it";
    EXPECT_TRUE(has("2001:db8:8000::/33", "2001:db8:ffff::1"));
    EXPECT_FALSE(has("2001:db8:8000::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(has("2001:db8::/32", "192.0.2.1"));
    EXPECT_TRUE(has("0.0.0.0/0", "192.0.2.1"));
    EXPECT_FALSE(has("0.0.0.0/0", "2001:db8::1"));
    EXPECT_FALSE(to_address_bytes("nowhere"));
}

TEST(AddressRange, IsReadFromBothFamiliesAndHasOneSpelling)
{
    auto const spelling = [](std::string_view text) {
        auto const range = parse_address_range(text);
        return range ? range->text() : "none";
    };
    EXPECT_EQ(spelling("127.0.0.1"), "127.0.0.1/32");
    EXPECT_EQ(spelling("10.9.8.7/8"), "10.0.0.0/8");
    EXPECT_EQ(spelling("::ffff:10.0.0.0/104"), "10.0.0.0/8");
    EXPECT_EQ(spelling("::1"), "::1/128");
    EXPECT_EQ(spelling("FD00::1/8"), "fd00::/8");
    EXPECT_EQ(spelling("::/0"), "::/0");
    for (auto const* bad : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8x", "fd00::/129", "all", "fe80::1%eth0"})
        EXPECT_EQ(spelling(bad), "none") << bad;
}

TEST(AddressRange, LiesInANeighbourhoodThatNamesNobody)
{
    auto const around = [](std::string_view text) { return parse_address_range(text)->neighbourhood().text(); };
    EXPECT_EQ(around("192.0.2.77"), "192.0.2.0/24");
    EXPECT_EQ(around("192.0.2.128/25"), "192.0.2.0/24");
    EXPECT_EQ(around("10.0.0.0/8"), "10.0.0.0/8");
    EXPECT_EQ(around("2001:db8:1:2::/64"), "2001:db8:1::/48");
    EXPECT_EQ(around("2001:db8::/32"), "2001:db8::/32");
}

}  // namespace
}  // namespace fleeting
