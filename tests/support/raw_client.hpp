#pragma once

#include <arpa/inet.h>
#include <cstdlib>
#include <map>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace fleeting::test {

/// A client that sends the bytes it is told to and waits at most ten seconds for an answer.
class RawClient {
public:
    struct Answer {
        int status = 0;
        std::string head;
        std::string body;
        [[nodiscard]] std::string field(std::string const& name) const
        {
            auto const at = head.find("\r\n" + name + ": ");
            if (at == std::string::npos)
                return {};
            auto const begin = at + name.size() + 4;
            return head.substr(begin, head.find("\r\n", begin) - begin);
        }
    };

    /// receive_buffer   as small as told, so that what isn't read waits at the server; 0 = the system's
    explicit RawClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        if (receive_buffer > 0)
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        auto address = sockaddr_in{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto const patience = timeval{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            std::abort();
    }
    RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
    ~RawClient()
    {
        if (socket_ >= 0)
            ::close(socket_);
    }

    void send(std::string_view bytes) const { (void)!::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

    /// Everything up to and with `end`; shorter where the server closes first.
    std::string read_until(std::string_view end)
    {
        while (buffer_.find(end) == std::string::npos && fill()) {
        }
        seen_ = buffer_.substr(0, std::min(buffer_.find(end), buffer_.size()) + end.size());
        buffer_.erase(0, seen_.size());
        return seen_;
    }
    [[nodiscard]] std::string const& read_so_far() const { return seen_; }

    /// One response with a Content-Length.
    Answer read_response()
    {
        auto answer = Answer{};
        answer.head = read_until("\r\n\r\n");
        answer.status = answer.head.size() > 12 ? std::atoi(answer.head.substr(9, 3).c_str()) : 0;
        auto const length = static_cast<std::size_t>(std::atol(answer.field("Content-Length").c_str()));
        while (buffer_.size() < length && fill()) {
        }
        answer.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        return answer;
    }

    /// Whether the server resets the connection within `patience_ms`, seen without reading anything.
    [[nodiscard]] bool is_reset_within(int patience_ms) const
    {
        auto waiting = pollfd{socket_, 0, 0};
        return ::poll(&waiting, 1, patience_ms) == 1 && (waiting.revents & POLLERR) != 0;
    }
    /// Whether the server closes within the ten seconds.
    bool is_closed()
    {
        while (fill()) {
        }
        return errno != EAGAIN;
    }

private:
    bool fill()
    {
        char bytes[4096];
        errno = 0;
        auto const count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count <= 0)
            return false;
        buffer_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    std::string buffer_;
    std::string seen_;
};

}  // namespace fleeting::test
