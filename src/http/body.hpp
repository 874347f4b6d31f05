#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace fleeting::http {

/// A request's body as it comes: framing is gone, bytes are not kept. On the connection's thread.
class BodyReader {
public:
    virtual ~BodyReader() = default;

    /// `Content-Length`; nothing for chunked. 0 where there is no body.
    [[nodiscard]] virtual std::optional<ByteCount> length() const = 0;
    [[nodiscard]] virtual ByteCount received() const = 0;

    /// Waits until bytes can be taken (true) or the body is at its end (false). Sends `100 Continue` first where the client
    /// waits for it. No buffer is needed while waiting.
    /// errors    body_truncated (peer gone, too slow, bad chunk), cancelled (cutoff passed, stopping)
    virtual Task<bool> ready() = 0;
    /// Takes what is there without waiting, at most `into.size()` bytes; 0 is no error, just nothing yet.
    /// errors    body_truncated
    virtual Result<std::size_t> take(MutableBytes into) = 0;
};

/// Reads a small body whole. errors: invalid_request (longer than `most`), body_truncated, cancelled
Task<std::string> read_all(BodyReader& body, std::size_t most);

/// This thread's scratch buffer (256 KiB): valid until the next suspension, for `take` and what is done with it at once.
MutableBytes thread_scratch();

/// Where a streamed response's bytes go. On the connection's thread.
class BodyWriter {
public:
    virtual ~BodyWriter() = default;
    /// Returns once the kernel has taken all of `bytes`. errors: body_truncated (peer gone or stalled), cancelled
    virtual Task<> write(Bytes bytes) = 0;
    /// `count` bytes of `descriptor` from `from`, by sendfile(2) where the connection allows.
    virtual Task<> send_file(int descriptor, ByteOffset from, ByteCount count) = 0;
    /// True once the peer has closed: for streams that wait long between writes.
    [[nodiscard]] virtual bool is_peer_gone() = 0;
};

/// A streamed body that mostly waits, as that of events does. Between its turns its connection keeps nothing beside it: no
/// coroutine, no request, no buffer. On the connection's thread.
class LastingBody {
public:
    virtual ~LastingBody() = default;
    /// The first turn.
    /// wake      asks for another one; from any thread, also after the body is gone
    virtual Task<bool> begin(BodyWriter& writer, std::function<void()> wake) = 0;
    /// Writes what there is to say. Asked when it was woken, when `next_turn` has come, when the request's cutoff has passed, and
    /// when the peer is gone or the server stops: where `writer` says so and nothing is left to say, the body ends.
    /// returns   whether there will be more
    /// errors    cut the connection, so that a short body never looks whole
    virtual Task<bool> take_turn(BodyWriter& writer) = 0;
    /// When it has a turn though nobody asks.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point next_turn() const = 0;
};

}  // namespace fleeting::http
