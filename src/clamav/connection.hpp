#pragma once

#include "base/result.hpp"
#include "base/units.hpp"
#include "clamav/address.hpp"

#include <memory>
#include <optional>
#include <string>

namespace fleeting::clamav {

/// A connection to clamd, for one command. Every call may stop the thread.
class Connection {
public:
    /// errors    unavailable
    static Result<std::unique_ptr<Connection>> open_blocking(Address const& address, Milliseconds patience);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// How many of `bytes` were taken; waits for the first of them for `patience` at most. errors: unavailable
    Result<std::size_t> send_blocking(Bytes bytes, Milliseconds patience);
    /// An answer up to its NUL, or to the connection's end; nothing where it isn't there within `patience`.
    /// errors    unavailable, also for one that is too long
    Result<std::optional<std::string>> receive_blocking(Milliseconds patience);

private:
    explicit Connection(int socket) : socket_(socket) {}
    Result<> connect_blocking(void const* address, unsigned size, Milliseconds patience);
    static Result<std::unique_ptr<Connection>> open_unix(std::string const& path, Milliseconds patience);
    static Result<std::unique_ptr<Connection>> open_tcp(Address const& address, Milliseconds patience);

    int socket_;
    std::string answer_;  ///< so far
};

}  // namespace fleeting::clamav
