#pragma once

#include "async/task.hpp"
#include "base/units.hpp"
#include "redis/address.hpp"
#include "redis/reply.hpp"

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace fleeting::redis {

/// One connection. Used on the thread of its io_context; one coroutine may send while another receives.
class Connection {
public:
    /// Connects, is let in, and has had an answer to a PING: a server that hangs accepts connections too. errors: unavailable
    static Task<std::unique_ptr<Connection>> open(net::io_context& context, Address const& address, Milliseconds patience);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// errors    unavailable: broken, or cut meanwhile
    Task<> send(std::string bytes);
    /// The next reply. errors: unavailable: broken, not within `patience`, or cut meanwhile; the connection is of no use then
    Task<Reply> receive(Milliseconds patience);
    /// Ends what is being sent and received.
    void cut();

private:
    using Socket = net::generic::stream_protocol::socket;

    explicit Connection(net::io_context& context) : socket_(std::make_shared<Socket>(context)), watchdog_(context) {}
    Task<> connect(Address const& address, Milliseconds patience);
    Task<> connect_tcp(Address const& address, Milliseconds patience);
    Task<> enter(Address const& address, Milliseconds patience);
    Task<> ask(std::vector<std::string> command, Milliseconds patience);
    void watch(Milliseconds patience);

    std::shared_ptr<Socket> socket_;  ///< shared with the watchdog's handler, which may run when this has gone
    net::steady_timer watchdog_;
    ReplyReader reader_;
    std::array<std::byte, 16 << 10> buffer_{};
};

}  // namespace fleeting::redis
