#pragma once

#include "http/address_book.hpp"
#include "http/connection.hpp"
#include "http/counters.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <thread>

namespace fleeting::http {

/// Where a server listens: an address and port, or a Unix socket's path.
using Endpoint = net::generic::stream_protocol::endpoint;
using Acceptor = net::basic_socket_acceptor<net::generic::stream_protocol>;

/// The port of an address; 0 of a Unix socket.
std::uint16_t port_of(Endpoint const& endpoint);

/// What all threads of a server share.
struct SharedState {
    ServerSettings settings;
    Router const& router;
    Clock const& clock;
    Counters counters;
    AddressBook addresses;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{nullptr, &SSL_CTX_free};
};

/// One thread with its own io_context, listener and connections.
class IoThread {
public:
    explicit IoThread(SharedState& shared) : shared_(shared), context_(1), acceptor_(context_), tick_(context_) {}
    ~IoThread();
    IoThread(IoThread const&) = delete;
    IoThread& operator=(IoThread const&) = delete;

    /// errors    unavailable with the address
    Result<> listen(Endpoint const& endpoint);
    /// Accepts from a socket that listens already, of which it keeps a descriptor of its own. errors: unavailable
    Result<> share(int listener);
    void start();
    /// Stops accepting; connections end with the request they handle. Any thread.
    void finish();
    /// Closes every connection; the coroutines that serve them end in their own time. Any thread.
    void abort();
    /// Ends the thread; its io_context stays for handlers that others still post, and with it, suspended, what hasn't ended.
    void stop();
    [[nodiscard]] std::uint16_t port() const { return port_of(acceptor_.local_endpoint()); }
    [[nodiscard]] net::any_io_executor executor() { return context_.get_executor(); }

private:
    using Connections = std::list<Connection>;
    class Seat;

    net::awaitable<void> accept_loop();
    net::awaitable<void> tick_loop();
    net::awaitable<void> serve(Seat seat);
    void seat(Connections::iterator connection);
    void leave(Connections::iterator connection);
    void hasten_tick(std::chrono::steady_clock::time_point moment);
    void admit(Socket socket);
    /// Everybody comes from a proxy's address, so its connections aren't bounded by `connections_per_address`.
    [[nodiscard]] bool is_counted(net::ip::address const& peer) const;
    bool evict_idle(net::ip::address const* only);

    SharedState& shared_;
    Connections connections_;  ///< outlives the io_context, whose end destroys frames that give up their seats
    net::io_context context_;
    Acceptor acceptor_;
    net::steady_timer tick_;
    std::chrono::steady_clock::time_point ticked_at_;
    std::chrono::steady_clock::time_point looked_at_peers_at_;
    bool is_finishing_ = false;
    std::thread thread_;
};

}  // namespace fleeting::http
