#pragma once

#include "async/task.hpp"
#include "base/units.hpp"
#include "ports/blob_store.hpp"

namespace fleeting {

/// Bytes that go out to a member, as `service` needs it; `api` lays it over a response's body. On the connection's thread.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    /// Returns once the kernel has taken all. errors: body_truncated (the peer is gone or stalled), cancelled
    virtual Task<> write(Bytes bytes) = 0;
    /// `count` bytes of a blob from `from`.
    virtual Task<> send(BlobReader const& blob, ByteOffset from, ByteCount count) = 0;
    /// True once the peer has closed: for streams that wait long between writes.
    [[nodiscard]] virtual bool is_peer_gone() = 0;
};

}  // namespace fleeting
