#include "http/content_disposition.hpp"
#include "http/range.hpp"

#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

auto const kFile = Representation{{100}, "\"v1\""};

std::variant<ByteRange, Response> ask(std::vector<std::pair<std::string, std::string>> const& fields)
{
    auto request = Request{};
    request.method = Method::get;
    for (auto const& [name, value] : fields)
        request.headers.add(name, value);
    return select_range(request, kFile);
}

/// "first-last" of a part, "whole", or the status of the answer.
std::string told(std::variant<ByteRange, Response> const& selected)
{
    if (auto const* response = std::get_if<Response>(&selected))
        return std::to_string(response->status);
    auto const& range = std::get<ByteRange>(selected);
    if (!range.is_partial)
        return "whole";
    return std::to_string(range.first.value) + "-" + std::to_string(range.first.value + range.count.value - 1);
}

TEST(Range, MeansNothingToHead)
{
    auto request = Request{};
    request.method = Method::head;
    request.headers.add("Range", "bytes=0-9");
    EXPECT_EQ(told(select_range(request, kFile)), "whole");
}

TEST(Range, SelectsWhatRfc9110Says)
{
    auto const cases = std::vector<std::pair<std::string, std::string>>{
        {"bytes=0-0", "0-0"},
        {"bytes=0-99", "0-99"},
        {"bytes=10-", "10-99"},
        {"bytes=-5", "95-99"},
        {"bytes=-500", "0-99"},
        {"bytes=50-500", "50-99"},
        {"BYTES=1-2", "1-2"},
        {"bytes= 1-2", "1-2"},
        {"bytes=100-", "416"},
        {"bytes=-0", "416"},
        {"bytes=5-4", "whole"},
        {"bytes=a-b", "whole"},
        {"bytes=", "whole"},
        {"bytes=-", "whole"},
        {"lines=1-2", "whole"},
        {"bytes=0-1,3-4", "whole"},
        {"bytes=1-2-3", "whole"},
        {"bytes=+1-2", "whole"},
        {"bytes=18446744073709551616-", "whole"},
        {"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", "416"},
    };
    for (auto const& [field, expected] : cases)
        EXPECT_EQ(told(ask({{"Range", field}})), expected) << field;
}

TEST(Range, CountsOnlyWhileTheETagIsTheSame)
{
    EXPECT_EQ(told(ask({{"Range", "bytes=1-2"}, {"If-Range", "\"v1\""}})), "1-2");
    EXPECT_EQ(told(ask({{"Range", "bytes=1-2"}, {"If-Range", "\"v0\""}})), "whole");
    EXPECT_EQ(told(ask({{"Range", "bytes=1-2"}, {"If-Range", "W/\"v1\""}})), "whole");
    EXPECT_EQ(told(ask({{"If-None-Match", "W/\"v1\""}})), "304");
    EXPECT_EQ(told(ask({{"If-Match", "\"v0\", \"v2\""}})), "412");
    EXPECT_EQ(told(ask({{"If-Match", "*"}})), "whole");
}

TEST(Range, RefusesAChangeThatWasMeantForSomethingElse)
{
    auto const status = [](std::vector<std::pair<std::string, std::string>> const& fields, std::optional<std::string_view> etag) {
        auto request = Request{};
        request.method = Method::delete_;
        for (auto const& [name, value] : fields)
            request.headers.add(name, value);
        auto const refused = refuse_change(request, etag);
        return refused ? refused->status : 0;
    };
    EXPECT_EQ(status({}, "\"v1\""), 0);
    EXPECT_EQ(status({{"If-Match", "\"v1\""}}, "\"v1\""), 0);
    EXPECT_EQ(status({{"If-Match", "\"v0\""}}, "\"v1\""), 412);
    EXPECT_EQ(status({{"If-Match", "*"}}, std::nullopt), 412);
    EXPECT_EQ(status({{"If-Match", "\"v1\""}, {"If-Match", "\"v0\""}}, "\"v1\""), 412);
    EXPECT_EQ(status({{"If-None-Match", "*"}}, "\"v1\""), 412);
    EXPECT_EQ(status({{"If-None-Match", "*"}}, std::nullopt), 0);
    EXPECT_EQ(status({{"If-None-Match", "*"}, {"If-None-Match", "\"v0\""}}, "\"v1\""), 412);
    EXPECT_EQ(status({{"If-None-Match", "*"}, {"If-None-Match", "\"v0\""}}, std::nullopt), 0);
    EXPECT_EQ(status({{"If-None-Match", "\"v0\""}}, "\"v1\""), 0);
}

TEST(ContentDisposition, KeepsEveryNameInOneParameterSet)
{
    EXPECT_EQ(content_disposition("notes.pdf"), "attachment; filename=\"notes.pdf\"");
    EXPECT_EQ(content_disposition("week 1/α.pdf"), "attachment; filename=\"__.pdf\"; filename*=UTF-8''%CE%B1.pdf");
    EXPECT_EQ(content_disposition("a\"; x=\"b"), "attachment; filename=\"a__ x=_b\"; filename*=UTF-8''a%22%3B%20x%3D%22b");
    EXPECT_EQ(content_disposition("a\r\nX: b").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace fleeting::http
