#include "http/assets.hpp"
#include "http/cookies.hpp"
#include "http/cross_site.hpp"
#include "http/proxies.hpp"
#include "http/text.hpp"

#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Request with(Method method, Fields const& fields)
{
    static auto kept = std::vector<Fields>{};  // a request only views its fields
    auto const& mine = kept.emplace_back(fields);
    auto request = Request{};
    request.method = method;
    request.host = "files.example";
    for (auto const& [name, value] : mine)
        request.headers.add(name, value);
    return request;
}

bool may_change(Fields const& fields)
{
    return check_same_origin(with(Method::post, fields), {"https://other.example"}).has_value();
}

TEST(CrossSite, LetsOnlyOurOwnPagesAndProgramsChangeThings)
{
    EXPECT_TRUE(may_change({{"Sec-Fetch-Site", "same-origin"}, {"Cookie", "a=b"}}));
    EXPECT_TRUE(may_change({{"Origin", "http://files.example"}, {"Cookie", "a=b"}}));
    EXPECT_TRUE(may_change({{"Origin", "https://other.example"}, {"Cookie", "a=b"}}));
    EXPECT_TRUE(may_change({{"Authorization", "Bearer x"}, {"Sec-Fetch-Site", "cross-site"}}));
    EXPECT_TRUE(may_change({{"Sec-Fetch-Site", "none"}, {"Origin", "http://files.example"}}));
    EXPECT_TRUE(may_change({}));
    EXPECT_TRUE(may_change({{"Authorization", "Basic OnB3"}})) << "curl";
    EXPECT_TRUE(may_change({{"Authorization", "Basic OnB3"}, {"Sec-Fetch-Site", "same-origin"}}));
    EXPECT_FALSE(may_change({{"Authorization", "Basic OnB3"}, {"Sec-Fetch-Site", "cross-site"}})) << "browsers add it themselves";
    EXPECT_FALSE(may_change({{"Authorization", "Basic OnB3"}, {"Origin", "https://evil.example"}}));
    EXPECT_FALSE(may_change({{"Sec-Fetch-Site", "none"}}));
    EXPECT_FALSE(may_change({{"Sec-Fetch-Site", "none"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Sec-Fetch-Site", "cross-site"}}));
    EXPECT_FALSE(may_change({{"Sec-Fetch-Site", "same-site"}}));
    EXPECT_FALSE(may_change({{"Origin", "https://files.example"}}));
    EXPECT_FALSE(may_change({{"Origin", "null"}}));
    EXPECT_FALSE(may_change({{"Cookie", "a=b"}}));
}

TEST(CrossSite, TakesTheAddressOfThePageFromBrowsersThatTellNothingElse)
{
    EXPECT_TRUE(may_change({{"Referer", "http://files.example/lab-7/?plain"}, {"Cookie", "a=b"}}));
    EXPECT_TRUE(may_change({{"Referer", "http://files.example"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "http://files.example.evil/"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "http://files.example@evil.example/"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "http://evil.example/http://files.example/"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "files.example"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "http://files.example/"}, {"Origin", "null"}, {"Cookie", "a=b"}}));
    EXPECT_FALSE(may_change({{"Referer", "http://files.example/"}, {"Sec-Fetch-Site", "cross-site"}, {"Cookie", "a=b"}}));
}

TEST(CrossSite, KeepsOtherOriginsFromLoadingWhatIsPrivate)
{
    for (auto const* site : {"cross-site", "same-site"}) {
        EXPECT_TRUE(check_isolation(with(Method::get, {{"Sec-Fetch-Site", site}, {"Sec-Fetch-Dest", "document"}})));
        EXPECT_FALSE(check_isolation(with(Method::get, {{"Sec-Fetch-Site", site}, {"Sec-Fetch-Dest", "image"}})));
    }
    EXPECT_TRUE(check_isolation(with(Method::get, {{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Dest", "image"}})));
}

TEST(Cookies, AreReadFromEveryField)
{
    auto const request = with(Method::get, {{"Cookie", "a=1; b=2"}, {"cookie", "c=x=y"}, {"Cookie", "broken"}});
    auto const cookies = cookies_of(request);
    ASSERT_EQ(cookies.size(), 3U);
    EXPECT_EQ(cookies[2].value, "x=y");
}

TEST(Proxies, AreBelievedOnlyWhenTrustedAndFromTheRight)
{
    auto settings = ServerSettings{};
    settings.trusted_proxies = {*parse_address_range("10.0.0.0/8"), *parse_address_range("::1")};
    auto const peer_of = [&](std::string const& peer, Fields const& fields) {
        auto request = with(Method::get, fields);
        apply_proxy(request, net::ip::make_address(peer), settings);
        return request.peer.to_string() + (request.is_secure ? " tls" : "");
    };
    EXPECT_EQ(peer_of("192.0.2.1", {{"X-Forwarded-For", "203.0.113.9"}}), "192.0.2.1");
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "1.1.1.1, 203.0.113.9"}, {"X-Forwarded-Proto", "https"}}),
              "203.0.113.9 tls");
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "203.0.113.9, 10.9.9.9"}}), "203.0.113.9");
    EXPECT_EQ(peer_of("::1", {{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "nonsense"}}), "10.1.2.3");
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9")
        << "HAProxy adds a field of its own";
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "203.0.113.9, ::ffff:10.9.9.9"}}),
              "203.0.113.9");
    EXPECT_EQ(peer_of("10.1.2.3", {{"X-Forwarded-For", "::ffff:203.0.113.9"}}), "203.0.113.9");
}

TEST(Assets, ComeInTheBestEncodingTheClientTakes)
{
    auto const identity = std::string(100, 'i');
    auto const asset = Asset{"text/css",
                             "0123456789abcdef0123456789abcdef",
                             std::as_bytes(std::span{identity}),
                             std::as_bytes(std::span{"gz", 2}),
                             std::as_bytes(std::span{"br", 2}),
                             true};
    auto const coding_for = [&](std::string const& accept) {
        auto const response = asset_response(with(Method::get, {{"Accept-Encoding", accept}}), asset);
        return std::string{response.headers.find("Content-Encoding").value_or("none")};
    };
    EXPECT_EQ(coding_for("gzip, deflate, br"), "br");
    EXPECT_EQ(coding_for("gzip, br;q=0"), "gzip");
    EXPECT_EQ(coding_for("br; q=0.000, gzip;q=0"), "none");
    EXPECT_EQ(coding_for("br;q=0.5"), "br");
    EXPECT_EQ(coding_for(""), "none");
    auto const etag_for = [&](std::string const& accept) {
        auto const response = asset_response(with(Method::get, {{"Accept-Encoding", accept}}), asset);
        EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=31536000, immutable");
        EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding");
        return std::string{response.headers.find("ETag").value_or("none")};
    };
    EXPECT_EQ(etag_for(""), "\"0123456789abcdef0123456789abcdef\"");
    EXPECT_EQ(etag_for("gzip"), "\"0123456789abcdef0123456789abcdef-gzip\"");
    EXPECT_EQ(etag_for("br"), "\"0123456789abcdef0123456789abcdef-br\"");
    auto const status_with = [&](std::string const& accept) {
        auto const asked =
            with(Method::get, {{"Accept-Encoding", accept}, {"If-None-Match", "\"0123456789abcdef0123456789abcdef-br\""}});
        return asset_response(asked, asset).status;
    };
    EXPECT_EQ(status_with("br"), 304);
    EXPECT_EQ(status_with("gzip"), 200) << "its bytes are others";
    auto named = asset;
    named.is_hashed = false;
    EXPECT_EQ(asset_response(with(Method::get, {}), named).headers.find("Cache-Control"), "no-cache");
    auto const again = asset_response(with(Method::get, {{"If-None-Match", "\"0123456789abcdef0123456789abcdef\""}}), asset);
    EXPECT_EQ(again.status, 304);
}

TEST(Text, DecodesOnceAndRefusesWhatIsNoText)
{
    EXPECT_EQ(percent_decoded("a%2Fb%25"), "a/b%");
    EXPECT_EQ(percent_decoded("%CE%B1"), "α");
    for (auto const* bad : {"%", "%4", "%zz", "%00", "%ff", "%C0%AF", "%ED%A0%80", "%F5%80%80%80"})
        EXPECT_FALSE(percent_decoded(bad)) << bad;
    EXPECT_EQ(percent_encoded("a b/α", "/"), "a%20b/%CE%B1");
}

}  // namespace
}  // namespace fleeting::http
