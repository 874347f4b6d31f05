#include "clamav/connection.hpp"

#include "clamav/answer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace fleeting::clamav {
namespace {

std::unexpected<Error> lost(std::string_view doing, int error)
{
    return fail(Errc::unavailable, "clamd: " + std::string{doing} + ": " + std::system_category().message(error));
}

/// False where `patience` ran out.
Result<bool> wait_blocking(int socket, short event, Milliseconds patience)
{
    auto look = pollfd{socket, event, 0};
    auto const ready = ::poll(&look, 1, static_cast<int>(patience.count()));
    if (ready < 0 && errno != EINTR)
        return lost("poll", errno);
    return ready > 0;
}

int new_socket(int family)
{
    return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

}  // namespace

Connection::~Connection()
{
    ::close(socket_);
}

Result<> Connection::connect_blocking(void const* address, unsigned size, Milliseconds patience)
{
    if (::connect(socket_, static_cast<sockaddr const*>(address), size) == 0)
        return {};
    // A Unix socket with a full queue says EAGAIN, and there is nothing to wait for.
    if (errno != EINPROGRESS)
        return lost("connect", errno);
    TRY(auto const is_done, wait_blocking(socket_, POLLOUT, patience));
    auto error = is_done ? 0 : ETIMEDOUT;
    auto length = socklen_t{sizeof error};
    if (is_done)
        ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0 ? Result<>{} : lost("connect", error);
}

Result<std::unique_ptr<Connection>> Connection::open_unix(std::string const& path, Milliseconds patience)
{
    auto address = sockaddr_un{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, std::begin(address.sun_path));
    auto connection = std::unique_ptr<Connection>{new Connection{new_socket(AF_UNIX)}};
    TRY(connection->connect_blocking(&address, sizeof address, patience));
    return connection;
}

Result<std::unique_ptr<Connection>> Connection::open_tcp(Address const& address, Milliseconds patience)
{
    auto hints = addrinfo{};
    hints.ai_socktype = SOCK_STREAM;
    auto* found = static_cast<addrinfo*>(nullptr);
    if (auto const error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found); error != 0)
        return fail(Errc::unavailable, std::string{"clamd: "} + ::gai_strerror(error));
    auto const owned = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>{found, &::freeaddrinfo};
    auto why = Error{Errc::unavailable, "clamd has no address", {}, 0};
    for (auto const* at = found; at != nullptr; at = at->ai_next) {
        auto connection = std::unique_ptr<Connection>{new Connection{new_socket(at->ai_family)}};
        auto const connected = connection->connect_blocking(at->ai_addr, at->ai_addrlen, patience);
        if (connected)
            return connection;
        why = connected.error();
    }
    return fail(std::move(why));
}

Result<std::unique_ptr<Connection>> Connection::open_blocking(Address const& address, Milliseconds patience)
{
    return address.socket.empty() ? open_tcp(address, patience) : open_unix(address.socket, patience);
}

Result<std::size_t> Connection::send_blocking(Bytes bytes, Milliseconds patience)
{
    TRY(auto const is_ready, wait_blocking(socket_, POLLOUT, patience));
    if (!is_ready)
        return std::size_t{0};
    auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return lost("send", errno);
    return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
}

Result<std::optional<std::string>> Connection::receive_blocking(Milliseconds patience)
{
    auto buffer = std::array<char, 512>{};
    while (true) {
        TRY(auto const is_ready, wait_blocking(socket_, POLLIN, patience));
        if (!is_ready)
            return std::optional<std::string>{};
        auto const got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got < 0)
            return lost("receive", errno);
        answer_.append(buffer.data(), static_cast<std::size_t>(got));
        auto const end = answer_.find('\0');
        if (end != std::string::npos || got == 0)
            return std::optional{answer_.substr(0, end)};
        if (answer_.size() > kMostAnswerBytes)
            return fail(Errc::unavailable, "clamd's answer is too long");
    }
}

}  // namespace fleeting::clamav
