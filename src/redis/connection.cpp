#include "redis/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace fleeting::redis {
namespace {

constexpr auto kToTuple = net::as_tuple(net::use_awaitable);

Result<> outcome_of(boost::system::error_code error)
{
    if (!error)
        return {};
    return fail(Errc::unavailable, "redis: " + (error == net::error::operation_aborted ? "no answer in time" : error.message()));
}

}  // namespace

Task<std::unique_ptr<Connection>> Connection::open(net::io_context& context, Address const& address, Milliseconds patience)
{
    auto connection = std::unique_ptr<Connection>{new Connection{context}};
    connection->watch(patience);
    CO_TRY(co_await connection->connect(address, patience));
    CO_TRY(co_await connection->enter(address, patience));
    co_return connection;
}

Task<> Connection::connect(Address const& address, Milliseconds patience)
{
    if (address.socket.empty())
        co_return co_await connect_tcp(address, patience);
    auto const endpoint = net::local::stream_protocol::endpoint{address.socket};
    auto const [error] = co_await socket_->async_connect(endpoint, kToTuple);
    co_return outcome_of(error);
}

Task<> Connection::connect_tcp(Address const& address, Milliseconds patience)
{
    auto resolver = net::ip::tcp::resolver{socket_->get_executor()};
    auto const [unknown, found] = co_await resolver.async_resolve(address.host, std::to_string(address.port), kToTuple);
    CO_TRY(outcome_of(unknown));
    // Anew: until now there was no socket to close.
    watch(patience);
    auto last = Result<>{fail(Errc::unavailable, "redis: no address of that name")};
    for (auto const& entry : found) {
        auto const [error] = co_await socket_->async_connect(entry.endpoint(), kToTuple);
        last = outcome_of(error);
        if (last || error == net::error::operation_aborted)
            break;
        auto ignored = boost::system::error_code{};
        socket_->close(ignored);
    }
    if (last) {
        auto ignored = boost::system::error_code{};
        socket_->set_option(net::ip::tcp::no_delay{true}, ignored);
    }
    co_return last;
}

Task<> Connection::enter(Address const& address, Milliseconds patience)
{
    if (!address.password.empty()) {
        auto words = std::vector<std::string>{"AUTH"};
        if (!address.user.empty())
            words.push_back(address.user);
        words.push_back(address.password);
        CO_TRY(co_await ask(std::move(words), patience));
    }
    if (address.database != 0) {
        CO_TRY(co_await ask({"SELECT", std::to_string(address.database)}, patience));
    }
    co_return co_await ask({"PING"}, patience);
}

Task<> Connection::ask(std::vector<std::string> command, Milliseconds patience)
{
    CO_TRY(co_await send(to_command(command)));
    CO_TRY(auto const reply, co_await receive(patience));
    co_return reply.is_error() ? fail(Errc::unavailable, "redis refuses " + command.front() + ": " + reply.text) : Result<>{};
}

Task<> Connection::send(std::string bytes)
{
    auto const [error, count] = co_await net::async_write(*socket_, net::buffer(bytes), kToTuple);
    co_return outcome_of(error);
}

Task<Reply> Connection::receive(Milliseconds patience)
{
    watch(patience);
    while (true) {
        CO_TRY(auto reply, reader_.next());
        if (reply) {
            watchdog_.cancel();
            co_return *std::move(reply);
        }
        auto const [error, count] = co_await socket_->async_read_some(net::buffer(buffer_), kToTuple);
        CO_TRY(outcome_of(error));
        CO_TRY(reader_.feed(Bytes{buffer_}.first(count)));
    }
}

void Connection::watch(Milliseconds patience)
{
    watchdog_.expires_after(patience);
    watchdog_.async_wait([weak = std::weak_ptr{socket_}](boost::system::error_code cancelled) {
        auto const socket = weak.lock();
        auto ignored = boost::system::error_code{};
        if (!cancelled && socket)
            socket->close(ignored);
    });
}

void Connection::cut()
{
    auto ignored = boost::system::error_code{};
    socket_->close(ignored);
}

}  // namespace fleeting::redis
