#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

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

}  // namespace fleeting::http
