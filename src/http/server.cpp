#include "http/server.hpp"

#include "http/io_thread.hpp"
#include "http/tls_context.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <optional>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace fleeting::http {
namespace {

// For what was closed to see it: long for a coroutine that only winds up, short for one that waits for a disk.
constexpr auto kAbortPatience = Milliseconds{1'000};

Result<Endpoint> parse_endpoint(std::string const& listen, std::optional<std::uint16_t> other_port = {})
{
    auto const colon = listen.rfind(':');
    auto error = boost::system::error_code{};
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    auto const address = net::ip::make_address(host, error);
    auto port = 0UL;
    try {
        port = colon == std::string::npos ? 65'536 : std::stoul(listen.substr(colon + 1));
    } catch (std::exception const&) {
        port = 65'536;
    }
    if (error || port > 65'535)
        return fail(Errc::invalid_request, "not an address and port: " + listen);
    return Endpoint{net::ip::tcp::endpoint{address, other_port.value_or(static_cast<std::uint16_t>(port))}};
}

/// Our own listeners share the port; another process must not join them unseen and take half the traffic.
Result<> check_is_free(Endpoint const& endpoint, std::string const& listen)
{
    auto context = net::io_context{1};
    auto probe = Acceptor{context};
    auto error = boost::system::error_code{};
    probe.open(endpoint.protocol(), error);
    probe.set_option(net::socket_base::reuse_address{true}, error);
    probe.bind(endpoint, error);
    if (error)
        return fail(Errc::unavailable, "can't listen on " + listen + ": " + error.message());
    return {};
}

/// A socket that nobody listens at any more, as a crash leaves it, is removed; anything else in its place is refused.
Result<> make_way(std::string const& path, Endpoint const& endpoint, std::string const& listen)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return {};
    auto context = net::io_context{1};
    auto probe = Socket{context};
    auto error = boost::system::error_code{};
    probe.connect(endpoint, error);
    if (!S_ISSOCK(status.st_mode) || !error)
        return fail(Errc::unavailable,
                    "can't listen on " + listen + ": " + (error ? "that is no socket" : "another process does"));
    ::unlink(path.c_str());
    return {};
}

Result<Endpoint> unix_endpoint(std::string const& path, std::string const& listen)
{
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
        return fail(Errc::invalid_request, "not a socket's path: " + listen);
    auto endpoint = Endpoint{net::local::stream_protocol::endpoint{path}};
    TRY(make_way(path, endpoint, listen));
    return endpoint;
}

}  // namespace

struct Server::Impl {
    Impl(ServerSettings settings, Router const& router, Clock const& clock) : shared{std::move(settings), router, clock, {}, {}}
    {
    }

    Result<> listen();
    Result<> listen_on_path(std::string const& path);
    Result<> listen_on_port();
    Result<> listen_on_inherited(int listener);
    IoThread& add_thread() { return *threads.emplace_back(std::make_unique<IoThread>(shared)); }
    [[nodiscard]] unsigned thread_count() const
    {
        return shared.settings.threads > 0 ? shared.settings.threads : std::max(1U, std::thread::hardware_concurrency());
    }

    /// Until every connection has ended, at most for `patience`.
    void wait_for_connections(Milliseconds patience) const
    {
        auto const deadline = std::chrono::steady_clock::now() + patience;
        while (shared.counters.connections_open > 0 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(Milliseconds{20});
    }

    SharedState shared;
    std::vector<std::unique_ptr<IoThread>> threads;
    std::string socket_file;  ///< of a Unix socket, to be removed at the end
    bool is_running = false;
};

std::optional<std::string_view> unix_path_of(std::string_view listen)
{
    constexpr auto kUnix = std::string_view{"unix:"};
    return listen.starts_with(kUnix) ? std::optional{listen.substr(kUnix.size())} : std::nullopt;
}

Result<> Server::Impl::listen()
{
    if (shared.settings.inherited)
        return listen_on_inherited(*shared.settings.inherited);
    auto const path = unix_path_of(shared.settings.listen);
    return path ? listen_on_path(std::string{*path}) : listen_on_port();
}

Result<> Server::Impl::listen_on_path(std::string const& path)
{
    TRY(auto const endpoint, unix_endpoint(path, shared.settings.listen));
    TRY(add_thread().listen(endpoint));
    socket_file = path;
    return {};
}

Result<> Server::Impl::listen_on_port()
{
    auto const& listen = shared.settings.listen;
    TRY(auto endpoint, parse_endpoint(listen));
    if (port_of(endpoint) != 0) {
        TRY(check_is_free(endpoint, listen));
    }
    for (auto i = 0U; i < thread_count(); ++i) {
        TRY(add_thread().listen(endpoint));
        // The first one picks the port where any will do; the others join it.
        TRY(endpoint, parse_endpoint(listen, threads.front()->port()));
    }
    return {};
}

/// All threads accept from the one queue, which outlives this process: who comes while it is replaced waits there.
Result<> Server::Impl::listen_on_inherited(int listener)
{
    for (auto i = 0U; i < thread_count(); ++i) {
        TRY(add_thread().share(listener));
    }
    auto const& listen = shared.settings.listen;
    auto wanted = std::uint16_t{0};
    if (!unix_path_of(listen)) {
        TRY(auto const endpoint, parse_endpoint(listen));
        wanted = port_of(endpoint);
    }
    auto const port = threads.front()->port();
    if (port != wanted)
        return fail(Errc::invalid_request, "the socket that was handed over is on port " + std::to_string(port) +
                                               ", FLEETING_LISTEN is " + listen + ": let both say the same");
    return {};
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server()
{
    stop(Milliseconds{0});
}

Result<std::unique_ptr<Server>> Server::open(ServerSettings settings, Router const& router, Clock const& clock)
{
    auto impl = std::make_unique<Impl>(std::move(settings), router, clock);
    TRY(impl->shared.tls, make_tls_context(impl->shared.settings));
    TRY(impl->listen());
    return std::unique_ptr<Server>{new Server{std::move(impl)}};
}

void Server::start()
{
    impl_->is_running = true;
    for (auto const& thread : impl_->threads)
        thread->start();
}

void Server::stop(Milliseconds patience)
{
    if (!std::exchange(impl_->is_running, false))
        return;
    for (auto const& thread : impl_->threads)
        thread->finish();
    impl_->wait_for_connections(patience);
    for (auto const& thread : impl_->threads)
        thread->abort();
    impl_->wait_for_connections(kAbortPatience);
    for (auto const& thread : impl_->threads)
        thread->stop();
    if (!impl_->socket_file.empty())
        ::unlink(impl_->socket_file.c_str());
}

std::uint16_t Server::port() const
{
    return impl_->threads.front()->port();
}

ServerStats Server::stats() const
{
    auto const& counters = impl_->shared.counters;
    return {counters.connections_open, counters.requests, counters.bytes_in, counters.bytes_out};
}

net::any_io_executor Server::executor()
{
    return impl_->threads.front()->executor();
}

}  // namespace fleeting::http
