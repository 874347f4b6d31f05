#include "http/transport.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

namespace fleeting::http {
namespace {

IoResult result_of(ssize_t count)
{
    if (count > 0)
        return {Io::done, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return {Io::would_block};
    return {Io::closed};
}

class PlainTransport final : public Transport {
public:
    using Transport::Transport;

    net::awaitable<bool> handshake() override { co_return true; }
    IoResult read_now(MutableBytes into) override
    {
        return result_of(::recv(socket_.native_handle(), into.data(), into.size(), 0));
    }
    net::awaitable<IoResult> read(MutableBytes into) override
    {
        // Waiting for readiness instead costs an epoll_ctl(2) each time, since Asio arms its edge anew for it.
        auto const buffer = net::buffer(into.data(), into.size());
        auto const [error, count] = co_await socket_.async_receive(buffer, net::as_tuple(net::use_awaitable));
        co_return error ? IoResult{Io::closed} : IoResult{Io::done, count};
    }
    IoResult write_now(Bytes bytes, bool more) override
    {
        return result_of(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
    }
    IoResult send_file_now(int descriptor, ByteOffset from, std::size_t count) override
    {
        auto offset = static_cast<off_t>(from.value);
        auto const sent = ::sendfile(socket_.native_handle(), descriptor, &offset, count);
        if (sent == 0 || (sent < 0 && errno == EIO))
            tell_unreadable(sent);
        return result_of(sent);
    }
};

}  // namespace

void tell_unreadable(ssize_t got)
{
    log::error("file_unreadable", got < 0 ? std::strerror(errno) : "it is shorter than its row says");
}

net::awaitable<IoResult> Transport::read(MutableBytes into)
{
    while (true) {
        auto const now = read_now(into);
        if (now.io != Io::would_block)
            co_return now;
        if (!co_await wait_readable())
            co_return IoResult{Io::closed};
    }
}

net::awaitable<bool> Transport::wait_readable()
{
    auto const [error] = co_await socket_.async_wait(net::socket_base::wait_read, net::as_tuple(net::use_awaitable));
    co_return !error;
}

net::awaitable<bool> Transport::wait_writable()
{
    auto const [error] = co_await socket_.async_wait(net::socket_base::wait_write, net::as_tuple(net::use_awaitable));
    co_return !error;
}

void Transport::set_cork(bool is_on)
{
    corks_ += is_on ? 1 : -1;
    if (corks_ > (is_on ? 1 : 0))
        return;
    auto const value = is_on ? 1 : 0;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

void Transport::cancel()
{
    auto ignored = boost::system::error_code{};
    socket_.cancel(ignored);
}

void Transport::drop_unsent()
{
    // Not by Asio's set_option: its destructor undoes that.
    auto const at_once = ::linger{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool Transport::has_unsent()
{
    auto count = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &count) == 0 && count > 0;
}

void Transport::shut_down_send()
{
    auto ignored = boost::system::error_code{};
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
}

bool Transport::is_peer_gone()
{
    // Not by a look at what comes next: bytes that nobody reads may lie before the end, as TLS's own goodbye does.
    auto socket = ::pollfd{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) > 0;
}

std::unique_ptr<Transport> plain_transport(Socket socket)
{
    return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace fleeting::http
