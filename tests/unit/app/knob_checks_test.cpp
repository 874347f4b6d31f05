#include "app/knob_checks.hpp"

#include <gtest/gtest.h>

namespace fleeting::app {
namespace {

TEST(KnobChecks, AcceptAddressesWithAPort)
{
    for (auto const* good : {"127.0.0.1:8000", "0.0.0.0:0", "[::1]:65535", "[::]:80"})
        EXPECT_TRUE(is_endpoint(good)) << good;
    for (auto const* bad : {"", ":80", "[127.0.0.1]:80", "[::1]", "::1:80", "127.1:80x", "host:80"})
        EXPECT_FALSE(is_endpoint(bad)) << bad;
    EXPECT_TRUE(is_endpoint_or_off("off"));
}

TEST(KnobChecks, AcceptOriginsAsBrowsersSendThem)
{
    for (auto const* good : {"https://files.example", "http://localhost:8000", "http://[::1]:8000", "https://10.0.0.1"})
        EXPECT_TRUE(is_origin(good)) << good;
    for (auto const* bad : {"null", "https://", "https://a/b", "https://a:b", "ftp://a", "https://a b", "https://u@a"})
        EXPECT_FALSE(is_origin(bad)) << bad;
}

TEST(KnobChecks, AcceptHostsWithOrWithoutPort)
{
    for (auto const* good : {"files.example", "files.example:8443", "127.0.0.1:8000", "[::1]", "localhost"})
        EXPECT_TRUE(is_host(good)) << good;
    for (auto const* bad : {"", "*", "a/b", "a:", "[a]"})
        EXPECT_FALSE(is_host(bad)) << bad;
}

TEST(KnobChecks, AcceptAddressesOfPostgresqlOrNone)
{
    for (auto const* good :
         {"", "postgresql://u:p@db:5432/files", "postgres://db/files", "postgresql:///files?host=/run/postgresql"})
        EXPECT_TRUE(is_database_url(good)) << good;
    for (auto const* bad : {"db", "mysql://db/files", "host=db"})
        EXPECT_FALSE(is_database_url(bad)) << bad;
}

TEST(KnobChecks, TakeAnAddressOfRedis)
{
    for (auto const* const good : {"", "redis://r.example", "redis://:secret@10.0.0.1:6380/2", "unix:///run/redis.sock"})
        EXPECT_TRUE(is_redis_url(good)) << good;
    for (auto const* const bad : {"r.example", "rediss://r.example", "http://r.example"})
        EXPECT_FALSE(is_redis_url(bad)) << bad;
}

TEST(KnobChecks, AcceptOnlyThisMachineForTheOperator)
{
    for (auto const* const good : {"off", "127.0.0.1:9091", "[::1]:0", "127.0.0.2:1", "unix:/run/fleeting/admin.sock"})
        EXPECT_TRUE(is_admin_listen(good)) << good;
    auto const long_path = "unix:/" + std::string(107, 'x');
    for (auto const* const bad : {"", "on", "0.0.0.0:9091", "[::]:9091", "10.0.0.1:9091", "127.0.0.1", "unix:", "unix:/",
                                  "unix:admin.sock", "unix:/run/", "localhost:9091", long_path.c_str()})
        EXPECT_FALSE(is_admin_listen(bad)) << bad;
}

TEST(KnobChecks, TakeNoTokenThatCouldBeGuessed)
{
    EXPECT_TRUE(is_token_or_empty(""));
    EXPECT_TRUE(is_token_or_empty(std::string(24, 'x')));
    EXPECT_TRUE(is_token_or_empty(std::string(256, '~')));
    for (auto const& bad :
         {std::string(23, 'x'), std::string(257, 'x'), "with a space " + std::string(24, 'x'), "ü" + std::string(24, 'x')})
        EXPECT_FALSE(is_token_or_empty(bad)) << bad;
}

}  // namespace
}  // namespace fleeting::app
