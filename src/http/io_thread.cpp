#include "http/io_thread.hpp"

#include "base/log.hpp"
#include "http/proxies.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <ranges>
#include <sys/socket.h>
#include <sys/stat.h>

namespace fleeting::http {
namespace {

// Coarse on purpose: one timer for all connections of the thread, and deadlines are at most this late.
constexpr auto kTick = Milliseconds{250};
// Bodies that last may have it sooner, all together no more often than this.
constexpr auto kTickPause = Milliseconds{10};
// How late a body that lasts learns that its peer has gone.
constexpr auto kPeerPause = Milliseconds{1'000};
// With no descriptor left, accepting again at once would only spin.
constexpr auto kAcceptPause = Milliseconds{100};

void set_option(Acceptor& acceptor, int level, int name)
{
    auto const on = 1;
    ::setsockopt(acceptor.native_handle(), level, name, &on, sizeof on);
}

/// Who comes by a Unix socket is on this machine.
net::ip::address address_of(Endpoint const& endpoint)
{
    auto const* const peer = endpoint.data();
    if (peer->sa_family == AF_INET)
        return net::ip::address_v4{ntohl(reinterpret_cast<sockaddr_in const*>(peer)->sin_addr.s_addr)};
    if (peer->sa_family != AF_INET6)
        return net::ip::address_v4::loopback();
    auto const* const six = reinterpret_cast<sockaddr_in6 const*>(peer);
    auto bytes = net::ip::address_v6::bytes_type{};
    std::ranges::copy(six->sin6_addr.s6_addr, bytes.begin());
    return net::ip::address_v6{bytes, six->sin6_scope_id};
}

}  // namespace

std::uint16_t port_of(Endpoint const& endpoint)
{
    auto const* const own = endpoint.data();
    if (own->sa_family == AF_INET)
        return ntohs(reinterpret_cast<sockaddr_in const*>(own)->sin_port);
    return own->sa_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6 const*>(own)->sin6_port) : std::uint16_t{0};
}

/// A connection's place in `connections_`. A parameter of the coroutine that serves it, so the last of its frame to go: the
/// connection outlives whatever of that coroutine refers to it, also where the io_context's end destroys it in mid-wait.
class IoThread::Seat {
public:
    Seat(IoThread& thread, Connections::iterator connection) : thread_(&thread), connection_(connection) {}
    Seat(Seat&& other) noexcept : thread_(std::exchange(other.thread_, nullptr)), connection_(other.connection_) {}
    ~Seat()
    {
        if (thread_ != nullptr && !connection_->is_parked())
            thread_->leave(connection_);
    }
    Seat& operator=(Seat&&) = delete;
    [[nodiscard]] Connection& connection() { return *connection_; }

private:
    IoThread* thread_;
    Connections::iterator connection_;
};

Result<> IoThread::listen(Endpoint const& endpoint)
{
    auto error = boost::system::error_code{};
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
        set_option(acceptor_, SOL_SOCKET, SO_REUSEADDR);
        set_option(acceptor_, SOL_SOCKET, SO_REUSEPORT);
        set_option(acceptor_, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets take it over
        // What a Unix socket's file begins with: nobody else can open it at any moment.
        if (::fchmod(acceptor_.native_handle(), 0600) != 0)
            error.assign(errno, boost::system::system_category());
    }
    if (!error)
        acceptor_.bind(endpoint, error);
    if (!error)
        acceptor_.listen(4096, error);
    if (error)
        return fail(Errc::unavailable, "can't listen on " + shared_.settings.listen + ": " + error.message());
    return {};
}

Result<> IoThread::share(int listener)
{
    auto address = sockaddr_storage{};
    auto size = socklen_t{sizeof address};
    auto const own = ::fcntl(listener, F_DUPFD_CLOEXEC, 0);
    auto error = boost::system::error_code{};
    if (own < 0 || ::getsockname(own, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        error.assign(errno, boost::system::system_category());
    else
        acceptor_.assign(Endpoint::protocol_type{address.ss_family, 0}, own, error);
    if (error)
        return fail(Errc::unavailable, "can't listen on the socket that was handed over: " + error.message());
    set_option(acceptor_, IPPROTO_TCP, TCP_NODELAY);
    return {};
}

IoThread::~IoThread()
{
    stop();
    // The others go with their frames; these have none, and their sockets need the io_context.
    std::erase_if(connections_, [](Connection const& connection) { return connection.is_parked(); });
}

void IoThread::start()
{
    net::co_spawn(context_, accept_loop(), net::detached);
    net::co_spawn(context_, tick_loop(), net::detached);
    thread_ = std::thread{[this] { context_.run(); }};
}

void IoThread::finish()
{
    net::post(context_, [this] {
        is_finishing_ = true;
        auto ignored = boost::system::error_code{};
        acceptor_.close(ignored);
        for (auto& connection : connections_)
            connection.finish();
    });
}

void IoThread::abort()
{
    net::post(context_, [this] {
        for (auto& connection : connections_)
            connection.abort();
    });
}

void IoThread::stop()
{
    context_.stop();
    if (thread_.joinable())
        thread_.join();
}

net::awaitable<void> IoThread::accept_loop()
{
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(net::as_tuple(net::use_awaitable));
        if (!error) {
            admit(std::move(socket));
            continue;
        }
        if (is_finishing_)
            co_return;
        log::warning("accept_failed", error.message());
        auto pause = net::steady_timer{context_, kAcceptPause};
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
    }
}

bool IoThread::evict_idle(net::ip::address const* only)
{
    // The oldest: whoever has only just come is still on the way with TLS or a first request.
    for (auto& connection : connections_ | std::views::reverse)
        if (connection.is_idle() && (only == nullptr || network_of(connection.peer()) == network_of(*only))) {
            connection.abort();
            return true;
        }
    return false;
}

bool IoThread::is_counted(net::ip::address const& peer) const
{
    return !is_trusted(peer, shared_.settings.trusted_proxies);
}

void IoThread::admit(Socket socket)
{
    auto error = boost::system::error_code{};
    socket.non_blocking(true, error);
    socket.native_non_blocking(true, error);
    auto const peer = unmapped(address_of(socket.remote_endpoint(error)));
    auto const& settings = shared_.settings;
    if (error || (shared_.counters.connections_open >= settings.max_connections && !evict_idle(nullptr)))
        return;
    if (is_counted(peer) && !shared_.addresses.enter(peer, settings.connections_per_address)) {
        // The next try from there finds the place that an idle connection of it gives up now.
        evict_idle(&peer);
        return;
    }
    auto transport = shared_.tls ? tls_transport(std::move(socket), *shared_.tls) : plain_transport(std::move(socket));
    auto const context = ConnectionContext{settings, shared_.router, shared_.clock, shared_.counters};
    connections_.emplace_front(context, std::move(transport), peer);
    auto const place = connections_.begin();
    place->on_wake([this, place] { seat(place); });
    net::co_spawn(context_, serve(Seat{*this, place}), net::detached);
}

void IoThread::seat(Connections::iterator connection)
{
    // Posted, since whoever wakes it may be going through all connections, and this one may end at once.
    net::post(context_, [this, seat = Seat{*this, connection}]() mutable {
        net::co_spawn(context_, serve(std::move(seat)), net::detached);
    });
}

net::awaitable<void> IoThread::serve(Seat seat)
{
    auto& connection = seat.connection();
    co_await connection.run();
    if (connection.is_parked())
        hasten_tick(connection.next_turn());
}

void IoThread::hasten_tick(std::chrono::steady_clock::time_point moment)
{
    auto const at = std::max(moment, ticked_at_ + kTickPause);
    if (at < tick_.expiry())
        tick_.expires_at(at);
}

void IoThread::leave(Connections::iterator connection)
{
    if (is_counted(connection->peer()))
        shared_.addresses.leave(connection->peer());
    connections_.erase(connection);
}

net::awaitable<void> IoThread::tick_loop()
{
    while (true) {
        tick_.expires_after(kTick);
        // Each time it is hastened its wait ends too soon.
        while (std::chrono::steady_clock::now() < tick_.expiry())
            co_await tick_.async_wait(net::as_tuple(net::use_awaitable));
        ticked_at_ = std::chrono::steady_clock::now();
        auto const looks_at_peers = ticked_at_ - looked_at_peers_at_ >= kPeerPause;
        if (looks_at_peers)
            looked_at_peers_at_ = ticked_at_;
        auto const wall_now = shared_.clock.now();
        for (auto& connection : connections_)
            connection.tick(ticked_at_, wall_now, looks_at_peers);
    }
}

}  // namespace fleeting::http
