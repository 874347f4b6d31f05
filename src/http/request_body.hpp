#pragma once

#include "http/body.hpp"
#include "http/chunked.hpp"
#include "http/connection.hpp"

#include <vector>

namespace fleeting::http {

/// A request's body on its connection: what came with the head first, then straight from the socket.
class RequestBody final : public BodyReader {
public:
    /// leftover   bytes behind the head, in the connection's buffer
    RequestBody(Connection& connection, RequestHead const& head, std::string_view leftover);

    [[nodiscard]] std::optional<ByteCount> length() const override;
    [[nodiscard]] ByteCount received() const override { return received_; }
    Task<bool> ready() override;
    Result<std::size_t> take(MutableBytes into) override;

    /// Nothing of it is left on the wire.
    [[nodiscard]] bool is_finished() const { return is_chunked_ ? is_done_ : received_.value == length_; }
    /// Few enough bytes are left, and sure to come, that reading them is cheaper than a new connection.
    [[nodiscard]] bool is_worth_draining() const;
    net::awaitable<bool> drain();
    /// It has ended, and took no byte beyond its end: what a chunked body took of the next request isn't kept.
    [[nodiscard]] bool is_clean() const { return is_finished() && raw_begin_ == raw_end_; }
    /// How many bytes of the leftover belonged to this body.
    [[nodiscard]] std::size_t leftover_used() const { return leftover_used_; }

private:
    Task<> wait();
    std::chrono::steady_clock::time_point patience_ends();
    Task<bool> ready_chunked();
    Result<std::size_t> take_chunked(MutableBytes into);
    Result<> fill_raw();
    [[nodiscard]] std::string_view raw() const;
    void use_raw(std::size_t count);
    [[nodiscard]] Error cut() const;

    Connection& connection_;
    std::string_view leftover_;
    std::size_t leftover_used_ = 0;
    unsigned turns_ = 0;
    bool is_chunked_;
    bool expects_continue_;
    bool is_done_ = false;
    std::uint64_t length_;
    ByteCount received_;
    ByteCount paid_;  ///< bytes that have bought their time, in whole milliseconds
    std::optional<std::chrono::steady_clock::time_point> patience_ends_;
    ChunkedFraming framing_;
    std::vector<std::byte> raw_;  ///< chunked bodies only: framing and data as they came
    std::size_t raw_begin_ = 0;
    std::size_t raw_end_ = 0;
};

}  // namespace fleeting::http
