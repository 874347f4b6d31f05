// Bodies that mostly wait, on a real server.

#include "http/server.hpp"
#include "support/raw_client.hpp"

#include <gtest/gtest.h>
#include <mutex>
#include <thread>

namespace fleeting::http {
namespace {

/// What a test says to every `News`.
struct Feed {
    std::mutex mutex;
    std::string text;
    std::function<void()> wake;
    std::atomic<int> open{0};
    std::atomic<int> turns{0};

    void say(std::string const& more)
    {
        auto const lock = std::scoped_lock{mutex};
        text += more;
        wake();
    }
};

/// Passes on what the feed says; an "." is its end.
class News final : public LastingBody {
public:
    News(Feed& feed, Cutoff const& cutoff, Clock const& clock) : feed_(feed), cutoff_(cutoff), clock_(clock) { ++feed_.open; }
    ~News() override { --feed_.open; }
    Task<bool> begin(BodyWriter& writer, std::function<void()> wake) override
    {
        {
            auto const lock = std::scoped_lock{feed_.mutex};
            feed_.wake = std::move(wake);
        }
        CO_TRY(co_await writer.write(std::as_bytes(std::span{"begun", 5})));
        co_return true;
    }
    Task<bool> take_turn(BodyWriter& writer) override
    {
        ++feed_.turns;
        auto text = cutoff_.has_passed(clock_.now()) ? std::string{"bye."} : std::string{};
        {
            auto const lock = std::scoped_lock{feed_.mutex};
            text = std::exchange(feed_.text, {}) + text;
        }
        if (text.empty())
            co_return !writer.is_peer_gone();
        CO_TRY(co_await writer.write(std::as_bytes(std::span{text})));
        co_return !text.ends_with('.');
    }
    [[nodiscard]] std::chrono::steady_clock::time_point next_turn() const override
    {
        return std::chrono::steady_clock::time_point::max();
    }

private:
    Feed& feed_;
    Cutoff const& cutoff_;
    Clock const& clock_;
};

class LastingBodyTest : public testing::Test {
protected:
    LastingBodyTest()
    {
        router_.add(Method::get, "/hello", [](Request&) -> Task<Response> { co_return text_response(200, "hello"); });
        router_.add(Method::get, "/news", [this](Request& request) -> Task<Response> {
            request.end_at(cutoff_);
            auto response = Response{};
            response.body = std::make_unique<News>(feed_, *cutoff_, clock_);
            co_return response;
        });
        router_.set_bar([this](net::ip::address const&) { return is_barred_.load(); });
        settings_.listen = "127.0.0.1:0";
        settings_.threads = 1;
        auto opened = Server::open(settings_, router_, clock_);
        EXPECT_TRUE(opened);
        server_ = *std::move(opened);
        server_->start();
    }

    /// A client who has heard the beginning.
    test::RawClient listen(std::string const& fields = {}, std::string const& behind = {})
    {
        auto client = test::RawClient{server_->port()};
        client.send("GET /news HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + behind);
        EXPECT_TRUE(client.read_until("begun\r\n").ends_with("5\r\nbegun\r\n"));
        return client;
    }
    static bool hears(test::RawClient& client, std::string_view text) { return client.read_until(text).ends_with(text); }
    bool is_over_within(Milliseconds patience) const
    {
        auto const until = std::chrono::steady_clock::now() + patience;
        while (feed_.open > 0 && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        return feed_.open == 0;
    }

    Feed feed_;
    std::atomic<bool> is_barred_{false};
    ManualClock clock_;
    std::shared_ptr<Cutoff> cutoff_ = std::make_shared<Cutoff>(clock_.now() + Seconds{60});
    ServerSettings settings_;
    Router router_{[](Error const&) { return problem_response({404, "refused", "refused", {}, 0}); }};
    std::unique_ptr<Server> server_;
};

TEST_F(LastingBodyTest, SpeaksWhenItIsWokenAndNotBefore)
{
    auto client = listen();
    feed_.say("one");
    EXPECT_TRUE(hears(client, "3\r\none\r\n"));
    feed_.say("two");
    EXPECT_TRUE(hears(client, "3\r\ntwo\r\n"));
    EXPECT_LE(feed_.turns, 2);
}

TEST_F(LastingBodyTest, LeavesItsConnectionToTheNextRequest)
{
    auto client = listen();
    feed_.say("over.");
    EXPECT_TRUE(hears(client, "0\r\n\r\n"));
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(client.read_until("hello").find("Content-Length: 5"), std::string::npos);
}

TEST_F(LastingBodyTest, IsFollowedByWhatCameBehindItsRequest)
{
    auto client = listen({}, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    feed_.say("over.");
    EXPECT_TRUE(hears(client, "hello"));
}

TEST_F(LastingBodyTest, ClosesBehindARequestWhoseOwnBodyNobodyRead)
{
    auto client = listen("Content-Length: 5\r\n");
    feed_.say("over.");
    EXPECT_TRUE(hears(client, "0\r\n\r\n"));
    EXPECT_TRUE(client.is_closed());
}

TEST_F(LastingBodyTest, SaysWhyWhenItsDeadlineHasPassed)
{
    auto client = listen();
    cutoff_->pass_now();
    EXPECT_TRUE(hears(client, "4\r\nbye.\r\n0\r\n\r\n"));
}

TEST_F(LastingBodyTest, IsCutWhereItsClientIsBarred)
{
    auto client = listen();
    is_barred_ = true;
    EXPECT_TRUE(client.is_closed());
    EXPECT_TRUE(is_over_within(Milliseconds{1'000}));
}

TEST_F(LastingBodyTest, IsOverSoonAfterItsPeerHasGone)
{
    {
        auto const client = listen();
    }
    EXPECT_TRUE(is_over_within(Milliseconds{2'000}));
}

TEST_F(LastingBodyTest, EndsWholeWhereTheServerStops)
{
    auto client = listen();
    server_->stop(Milliseconds{1'000});
    EXPECT_EQ(feed_.open, 0);
    EXPECT_TRUE(hears(client, "0\r\n\r\n"));
}

TEST_F(LastingBodyTest, MayBeWokenAfterItIsOver)
{
    {
        auto const client = listen();
    }
    EXPECT_TRUE(is_over_within(Milliseconds{2'000}));
    feed_.say("to nobody");
    auto client = listen();
    server_.reset();
    feed_.wake = {};
}

}  // namespace
}  // namespace fleeting::http
