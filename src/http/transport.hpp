#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <openssl/ssl.h>

namespace fleeting::http {

/// TCP, or a Unix socket of this machine.
using Socket = net::generic::stream_protocol::socket;

/// Logs that a stored file gave less than it should: its peer is cut off, and that the store is damaged is for the operator to
/// know. errno is of that read where `got` is negative.
void tell_unreadable(ssize_t got);

/// What a non-blocking call came to.
enum class Io : std::uint8_t { done, would_block, closed };
struct IoResult {
    Io io;
    std::size_t count = 0;
};

/// A connection's bytes, plain or through TLS: calls never block, waits are coroutines. On the connection's thread.
class Transport {
public:
    explicit Transport(Socket socket) : socket_(std::move(socket)) {}
    virtual ~Transport() = default;

    virtual net::awaitable<bool> handshake() = 0;
    virtual IoResult read_now(MutableBytes into) = 0;
    /// Waits for bytes and takes them; `closed` where none will come or the wait was cancelled.
    virtual net::awaitable<IoResult> read(MutableBytes into);
    /// more   more follows at once: the kernel may wait for it before it sends a segment
    virtual IoResult write_now(Bytes bytes, bool more) = 0;
    virtual IoResult send_file_now(int descriptor, ByteOffset from, std::size_t count) = 0;
    /// Whether bytes lie ready that the socket doesn't know of.
    [[nodiscard]] virtual bool has_pending() const { return false; }

    /// False when the wait was cancelled.
    net::awaitable<bool> wait_readable();
    net::awaitable<bool> wait_writable();
    [[nodiscard]] net::any_io_executor executor() { return socket_.get_executor(); }
    /// While on, only full segments leave (TCP_CORK, tcp(7)); switching it off as often sends the rest.
    void set_cork(bool is_on);
    /// Ends the waits; the connection is to be closed.
    void cancel();
    /// When the connection is closed, what the peer hasn't taken is thrown away and the peer is told at once (a reset). Without
    /// it the kernel goes on handing over its queue, megabytes of it, for as long as the peer likes.
    void drop_unsent();
    /// Whether bytes are on their way that the peer hasn't acknowledged.
    [[nodiscard]] bool has_unsent();
    /// No more from us; the peer still may send.
    void shut_down_send();
    /// The peer has closed its side (or is gone), seen without taking bytes.
    [[nodiscard]] bool is_peer_gone();

protected:
    Socket socket_;

private:
    int corks_ = 0;
};

/// Holds back what isn't a full segment while it lives: a fifth less work for the kernel on a large file.
class Corked {
public:
    explicit Corked(Transport& transport) : transport_(transport) { transport_.set_cork(true); }
    ~Corked() { transport_.set_cork(false); }
    Corked(Corked const&) = delete;
    Corked& operator=(Corked const&) = delete;

private:
    Transport& transport_;
};

std::unique_ptr<Transport> plain_transport(Socket socket);
/// context   outlives the transport
std::unique_ptr<Transport> tls_transport(Socket socket, SSL_CTX& context);

}  // namespace fleeting::http
