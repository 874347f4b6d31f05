#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <string>
#include <system_error>
#include <vector>

/// What both load generators stand on.
namespace bench {

[[noreturn]] inline void fail(std::string const& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// A blocking connection to a server on loopback.
inline int connect_to(std::uint16_t port)
{
    auto const socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address =
        sockaddr_in{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
    auto const on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

/// Bytes that don't compress; the same every time.
inline std::vector<char> const& noise()
{
    static auto const bytes = [] {
        auto made = std::vector<char>(1U << 20);
        auto random = std::mt19937{7};
        std::ranges::generate(made, [&] { return static_cast<char>(random()); });
        return made;
    }();
    return bytes;
}

}  // namespace bench
