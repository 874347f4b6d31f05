#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <functional>
#include <optional>

namespace fleeting {

/// Bytes that come in from a member, as `service` needs them; `api` lays it over a request's body.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// How many bytes in all, where it was stated.
    [[nodiscard]] virtual std::optional<ByteCount> length() const = 0;
    /// Waits until bytes can be taken (true) or the end was reached (false). errors: body_truncated, cancelled
    virtual Task<bool> ready() = 0;
    /// Takes what is there now without waiting; 0 = nothing yet. errors: body_truncated
    virtual Result<std::size_t> take(MutableBytes into) = 0;
    /// The thread's scratch buffer, valid until the next suspension.
    virtual MutableBytes scratch() = 0;
    /// Told now and then how far the upload has come, for those who want to hear of it.
    virtual net::awaitable<void> progressed(ByteOffset) { co_return; }
    /// Makes a waiting `ready` answer `cancelled`; callable from any thread, also after the source is gone.
    [[nodiscard]] virtual std::function<void()> canceller() const = 0;
};

}  // namespace fleeting
