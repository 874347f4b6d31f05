#include "redis/reply.hpp"

#include <gtest/gtest.h>

namespace fleeting::redis {
namespace {

Result<> feed(ReplyReader& reader, std::string_view text)
{
    return reader.feed(std::as_bytes(std::span{text}));
}

TEST(RedisReply, IsReadHoweverItIsCut)
{
    auto const text = std::string{"*3\r\n$7\r\nmessage\r\n:42\r\n*2\r\n$-1\r\n+OK\r\n-ERR no\r\n"};
    for (auto size = std::size_t{1}; size <= text.size(); ++size) {
        auto reader = ReplyReader{};
        auto replies = std::vector<Reply>{};
        for (auto at = std::size_t{0}; at < text.size(); at += size) {
            ASSERT_TRUE(feed(reader, std::string_view{text}.substr(at, size)));
            for (auto reply = reader.next(); *reply; reply = reader.next())
                replies.push_back(**reply);
        }
        ASSERT_EQ(replies.size(), 2U);
        EXPECT_EQ(replies[0].items.at(0).text, "message");
        EXPECT_EQ(replies[0].items.at(1).integer, 42);
        EXPECT_EQ(replies[0].items.at(2).items.at(0).kind, Reply::Kind::nothing);
        EXPECT_TRUE(replies[1].is_error());
    }
}

TEST(RedisReply, ThatLiesAboutItsSizeIsRefused)
{
    auto many = ReplyReader{};
    ASSERT_TRUE(feed(many, "*1000000000\r\n"));
    EXPECT_FALSE(many.next());
    auto large = ReplyReader{};
    ASSERT_TRUE(feed(large, "$900000000\r\n"));
    EXPECT_FALSE(*large.next());
    auto const block = std::string(300'000, 'x');
    auto fed = 0;
    while (fed < 10 && feed(large, block))
        ++fed;
    EXPECT_LT(fed, 4);
    auto wrong = ReplyReader{};
    ASSERT_TRUE(feed(wrong, "HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_FALSE(wrong.next());
}

TEST(RedisReply, AnswersCommandsOfAnyBytes)
{
    EXPECT_EQ(to_command({"SET", std::string{"a\r\n\0b", 5}}), (std::string{"*2\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n", 24}));
}

}  // namespace
}  // namespace fleeting::redis
