#include "clamav/address.hpp"

#include <gtest/gtest.h>

namespace fleeting::clamav {
namespace {

TEST(ClamdAddress, IsAPathOrAHostWithItsPort)
{
    EXPECT_EQ(parse_address("/run/clamav/clamd.ctl")->socket, "/run/clamav/clamd.ctl");
    auto const named = parse_address("clamd.example:3310");
    EXPECT_EQ(named->host + " " + named->port, "clamd.example 3310");
    EXPECT_EQ(parse_address("[::1]:3310")->host, "::1");
}

TEST(ClamdAddress, IsRefusedWhereItCantBeReached)
{
    for (auto const& bad : {std::string{""}, std::string{"clamd"}, std::string{":3310"}, std::string{"clamd:0"},
                            std::string{"clamd:65536"}, std::string{"clamd:x"}, std::string{"::1:3310"},
                            std::string{"[clamd]:3310"}, std::string{"a b:1"}, std::string{"/run/"}, '/' + std::string(107, 'x')})
        EXPECT_FALSE(parse_address(bad)) << bad;
}

}  // namespace
}  // namespace fleeting::clamav
