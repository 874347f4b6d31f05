// A real server on a loopback port, spoken to in raw bytes.

#include "http/server.hpp"

#include "async/signal.hpp"
#include "http/address_book.hpp"
#include "support/raw_client.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <thread>

namespace fleeting::http {
namespace {

class ServerTest : public testing::Test {
protected:
    ServerTest()
    {
        settings_.listen = "127.0.0.1:0";
        settings_.threads = 2;
        router_.add(Method::get, "/hello", [](Request&) -> Task<Response> { co_return text_response(200, "hello"); });
        router_.add(Method::put, "/echo", [](Request& request) -> Task<Response> {
            CO_TRY(auto body, co_await read_all(request.body(), 1 << 20));
            co_return text_response(200, std::move(body));
        });
        router_.add(Method::put, "/early", [](Request&) -> Task<Response> { co_return fail(Errc::file_too_large); });
        router_.add(Method::get, "/stream", [](Request&) -> Task<Response> {
            auto response = Response{};
            response.body = StreamBody{[](BodyWriter& writer) -> Task<> {
                                           CO_TRY(co_await writer.write(std::as_bytes(std::span{"abc", 3})));
                                           co_return co_await writer.write(std::as_bytes(std::span{"de", 2}));
                                       },
                                       {}};
            co_return response;
        });
        router_.add(Method::put, "/cut", [this](Request& request) -> Task<Response> {
            request.cut_at(cutoff_);
            CO_TRY(auto body, co_await read_all(request.body(), 1 << 20));
            co_return text_response(200, std::move(body));
        });
        for (auto const& [path, size] : {std::pair{"/large", std::size_t{32} << 20}, {"/small", std::size_t{64} << 10}})
            router_.add(Method::get, path, [this, size](Request& request) -> Task<Response> {
                request.cut_at(cutoff_);
                co_return text_response(200, std::string(size, 'x'));
            });
        router_.add(Method::get, "/farewell", [this](Request& request) -> Task<Response> {
            request.end_at(cutoff_);
            co_return text_response(200, std::string(std::size_t{32} << 20, 'x'));
        });
        router_.add(Method::get, "/throw", [](Request&) -> Task<Response> {
            throw std::runtime_error{"bug"};
            co_return no_content();
        });
    }

    test::RawClient connect(int receive_buffer = 0)
    {
        if (!server_) {
            auto opened = Server::open(settings_, router_, clock_);
            EXPECT_TRUE(opened);
            server_ = *std::move(opened);
            server_->start();
        }
        return test::RawClient{server_->port(), receive_buffer};
    }

    ServerSettings settings_;
    ManualClock clock_;
    std::shared_ptr<Cutoff> cutoff_ = std::make_shared<Cutoff>(clock_.now() + Seconds{60});
    Router router_{[](Error const& error) {
        return problem_response({error.code == Errc::not_found ? 404 : 413, "refused", "refused", {}, 0});
    }};
    std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest)
{
    auto client = connect();
    for (auto i = 0; i < 3; ++i) {
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client.read_response().body, "hello");
    }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder)
{
    auto client = connect();
    client.send(
        "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneGET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "one");
    EXPECT_EQ(client.read_response().body, "hello");
    EXPECT_EQ(client.read_response().status, 404);
}

TEST_F(ServerTest, ReadsAChunkedBodyHoweverItIsCut)
{
    auto client = connect();
    client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (auto const c : std::string_view{"10\r\n0123456789abcdef\r\n3;x=y\r\nghi\r\n0\r\nT: u\r\n\r\n"}) {
        client.send({&c, 1});
        std::this_thread::yield();
    }
    EXPECT_EQ(client.read_response().body, "0123456789abcdefghi");
}

TEST_F(ServerTest, SendsContinueOnlyWhenTheBodyIsWanted)
{
    auto client = connect();
    client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    EXPECT_EQ(client.read_response().body, "hi");
    client.send("PUT /early HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(ServerTest, ClosesAfterAnEarlyAnswerToALargeBody)
{
    auto client = connect();
    client.send("PUT /early HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + std::string(1000, 'x'));
    auto const response = client.read_response();
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, RefusesWhatItDoubtsAndCloses)
{
    auto client = connect();
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, SendsNoBodyToHead)
{
    auto client = connect();
    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const head = client.read_until("\r\n\r\n");
    EXPECT_NE(head.find("Content-Length: 5"), std::string::npos);
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "hello");
}

TEST_F(ServerTest, StreamsInChunks)
{
    auto client = connect();
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_until("0\r\n\r\n").substr(client.read_so_far().find("\r\n\r\n") + 4),
              "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
}

TEST_F(ServerTest, TellsTheAllowedMethods)
{
    auto client = connect();
    client.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const response = client.read_response();
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.field("Allow"), "GET, HEAD");
}

TEST_F(ServerTest, AnswersABugWith500AndCloses)
{
    auto client = connect();
    client.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 500);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, CutsARequestWhenItsCutoffPasses)
{
    auto client = connect();
    client.send("PUT /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal");
    clock_.advance(Seconds{61});
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, DropsWhatAPeerHasNotTakenWhenTheCutoffPasses)
{
    // Being written, wholly with the kernel, ending by itself: a peer that doesn't read gets no more of any of them.
    for (auto const* path : {"/large", "/small", "/farewell"}) {
        auto client = connect(4096);
        client.send("GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client.read_until("\r\n\r\n").substr(0, 15), "HTTP/1.1 200 OK") << path;
        EXPECT_FALSE(client.is_reset_within(50)) << path;
        cutoff_->pass_now();
        EXPECT_TRUE(client.is_reset_within(3'000)) << path;
        cutoff_->move_to(clock_.now() + Seconds{60});
    }
}

TEST_F(ServerTest, KeepsAConnectionWhosePeerHasTakenEverything)
{
    auto client = connect();
    client.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().body.size(), std::size_t{64} << 10);
    cutoff_->pass_now();
    EXPECT_FALSE(client.is_reset_within(1'000));
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "hello");
}

TEST_F(ServerTest, ClosesAPeerThatNeverFinishesItsHead)
{
    settings_.header_timeout = Milliseconds{100};
    auto client = connect();
    client.send("GET /hello HTT");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, ClosesABodyThatStalls)
{
    settings_.body_grace = Milliseconds{100};
    auto client = connect();
    client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, BoundsTheConnectionsOfAnAddress)
{
    settings_.connections_per_address = 2;
    settings_.threads = 1;
    auto first = connect();
    auto second = connect();
    for (auto* client : {&first, &second}) {
        client->send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
        std::this_thread::sleep_for(Milliseconds{20});
    }
    EXPECT_TRUE(connect().is_closed());
}

TEST_F(ServerTest, LetsTheOldestIdleConnectionGiveWay)
{
    settings_.max_connections = 2;
    settings_.threads = 1;
    auto first = connect();
    auto second = connect();
    std::this_thread::sleep_for(Milliseconds{20});
    auto third = connect();
    EXPECT_TRUE(first.is_closed());
    for (auto* client : {&second, &third}) {
        client->send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client->read_response().status, 200);
    }
}

TEST(AddressBook, CountsANetworkOfIPv6AsOneAddress)
{
    auto book = AddressBook{};
    auto const enter = [&](char const* address) { return book.enter(net::ip::make_address(address), 1); };
    EXPECT_TRUE(enter("2001:db8:0:1::1"));
    EXPECT_FALSE(enter("2001:db8:0:1:ffff::2"));
    EXPECT_TRUE(enter("2001:db8:0:2::1"));
    EXPECT_TRUE(enter("192.0.2.1"));
    EXPECT_TRUE(enter("192.0.2.2"));
    book.leave(net::ip::make_address("2001:db8:0:1::3"));
    EXPECT_TRUE(enter("2001:db8:0:1::2"));
}

TEST_F(ServerTest, AllowsWhatTheAddressTakes)
{
    for (auto const method : {Method::get, Method::put, Method::get})
        router_.add(method, "/{room}/{name*}", [](Request&) -> Task<Response> { co_return no_content(); });
    for (auto const* path : {"/", "/api/limits"})
        router_.add(Method::get, path, [](Request&) -> Task<Response> { co_return no_content(); });
    auto client = connect();
    auto const allowed = [&](std::string const& path) {
        client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        auto const response = client.read_response();
        EXPECT_EQ(response.status, 405);
        return response.field("Allow");
    };
    EXPECT_EQ(allowed("/lab/a.txt"), "GET, HEAD, PUT");
    EXPECT_EQ(allowed("/api/limits"), "GET, HEAD");
    EXPECT_EQ(allowed("/"), "GET, HEAD");
}

/// An endless download, which its client doesn't take.
Response endless_file()
{
    auto const zeros = std::make_shared<int>(::memfd_create("zeros", 0));
    EXPECT_EQ(::ftruncate(*zeros, 1LL << 30), 0);
    auto response = Response{};
    response.body = StreamBody{[zeros](BodyWriter& writer) -> Task<> {
                                   auto const sent = co_await writer.send_file(*zeros, {0}, {1ULL << 30});
                                   ::close(*zeros);
                                   co_return sent;
                               },
                               {}};
    return response;
}

TEST_F(ServerTest, ClosesADownloadThatStalledWhenItStops)
{
    router_.add(Method::get, "/file", [](Request&) -> Task<Response> { co_return endless_file(); });
    auto client = connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_until("\r\n\r\n");
    auto const begun = std::chrono::steady_clock::now();
    server_->stop(Milliseconds{50});
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Milliseconds{900});
    EXPECT_EQ(server_->stats().connections_open, 0U);
    server_.reset();
}

TEST_F(ServerTest, EndsRequestsThatWaitForWhatNeverComes)
{
    auto never = Signal{};
    router_.add(Method::get, "/wait", [&](Request& request) -> Task<Response> {
        co_await never.wait(never.count(), Milliseconds{60'000});
        co_return text_response(200, std::string{request.target});
    });
    auto clients = std::vector<test::RawClient>{};
    for (auto i = 0; i < 8; ++i) {
        clients.push_back(connect());
        clients.back().send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    while (server_->stats().requests < 8)
        std::this_thread::sleep_for(Milliseconds{5});
    server_->stop(Milliseconds{50});
    server_.reset();
    EXPECT_TRUE(clients.front().is_closed());
    never.give();
}

}  // namespace
}  // namespace fleeting::http
