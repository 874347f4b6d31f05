#include "http/head_parser.hpp"

#include "support/vectors.hpp"

#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

/// The status a connection would answer these bytes with: 200 where the head is accepted.
int verdict_on(std::string const& bytes, RequestHead& accepted)
{
    auto const scan = find_head_end(bytes, 0);
    if (scan.end == HeadEnd::malformed)
        return 400;
    if (scan.end == HeadEnd::incomplete)
        return bytes.size() >= kMaxHeadBytes ? 431 : 0;
    auto head = parse_head(std::string_view{bytes}.substr(0, scan.size));
    if (!head)
        return head.error().status;
    accepted = *std::move(head);
    return 200;
}

TEST(HeadParser, JudgesEveryVector)
{
    auto const cases = test::read_vectors("http/requests.json");
    ASSERT_GE(cases.size(), 120U);
    for (auto const& value : cases) {
        auto const& example = value.as_object();
        auto const bytes = test::text_of(example.at("bytes"));
        auto head = RequestHead{};
        EXPECT_EQ(verdict_on(bytes, head), example.at("verdict").as_int64()) << example.at("name");
        if (example.contains("length"))
            EXPECT_EQ(head.content_length, example.at("length").to_number<std::uint64_t>()) << example.at("name");
        if (example.contains("chunked"))
            EXPECT_TRUE(head.is_chunked) << example.at("name");
        if (example.contains("keep_alive"))
            EXPECT_FALSE(head.keep_alive) << example.at("name");
    }
}

TEST(HeadParser, FindsTheEndHoweverTheBytesArrive)
{
    auto const bytes = std::string{"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"};
    for (auto cut = std::size_t{0}; cut < bytes.size() - 3; ++cut) {
        auto const first = find_head_end(std::string_view{bytes}.substr(0, cut), 0);
        if (first.end == HeadEnd::complete)
            continue;
        auto const second = find_head_end(bytes, cut);
        EXPECT_EQ(second.end, HeadEnd::complete) << cut;
        EXPECT_EQ(second.size, bytes.size() - 3) << cut;
    }
}

TEST(HeadParser, SplitsPathAndQuery)
{
    auto head = RequestHead{};
    auto const bytes = std::string{"GET http://a/x/y?b=c?d HTTP/1.1\r\nHost: a\r\n\r\n"};  // a head views its bytes
    ASSERT_EQ(verdict_on(bytes, head), 200);
    EXPECT_EQ(head.path, "/x/y");
    EXPECT_EQ(head.query, "b=c?d");
}

}  // namespace
}  // namespace fleeting::http
