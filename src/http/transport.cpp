#include "http/transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
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
    IoResult write_now(Bytes bytes, bool more) override
    {
        return result_of(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
    }
    IoResult send_file_now(int descriptor, ByteOffset from, std::size_t count) override
    {
        auto offset = static_cast<off_t>(from.value);
        return result_of(::sendfile(socket_.native_handle(), descriptor, &offset, count));
    }
};

}  // namespace

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

void Transport::cancel()
{
    auto ignored = boost::system::error_code{};
    socket_.cancel(ignored);
}

void Transport::shut_down_send()
{
    auto ignored = boost::system::error_code{};
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
}

bool Transport::is_peer_gone()
{
    auto byte = char{};
    auto const count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

std::unique_ptr<Transport> plain_transport(net::ip::tcp::socket socket)
{
    return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace fleeting::http
