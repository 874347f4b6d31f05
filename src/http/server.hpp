#pragma once

#include "base/address_range.hpp"
#include "base/clock.hpp"
#include "http/router.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::http {

struct ServerSettings {
    std::string listen = "127.0.0.1:8000";      ///< address:port, `[::]:8000`, port 0 = any; or `unix:/path` (0600)
    std::optional<int> inherited;               ///< a descriptor that listens there already; stays the caller's, open to the end
    unsigned threads = 0;                       ///< 0 = one a core
    std::string base_path;                      ///< "" or "/files": stripped from every target, 404 without it
    std::vector<AddressRange> trusted_proxies;  ///< whose X-Forwarded-For / -Proto count
    std::string tls_certificate_file;           ///< PEM chain; empty = plain HTTP
    std::string tls_key_file;
    Milliseconds header_timeout{10'000};  ///< whole head
    Milliseconds keep_alive_timeout{60'000};
    Milliseconds body_grace{30'000};  ///< then at least `body_min_rate` on average
    ByteCount body_min_rate{1024};    ///< bytes a second
    Milliseconds write_stall{30'000};
    std::size_t connections_per_address = 256;
    std::size_t max_connections = 16'000;
};

/// The path of a listener `unix:/path`; nothing where it is an address.
std::optional<std::string_view> unix_path_of(std::string_view listen);

struct ServerStats {
    std::uint64_t connections_open = 0;
    std::uint64_t requests = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

/// HTTP/1.1 on as many threads as told, each with its own io_context and SO_REUSEPORT listener; a connection lives its whole
/// life on one thread. Knows no rooms.
class Server {
public:
    /// errors (as Result of open): unavailable with the address and the cause
    static Result<std::unique_ptr<Server>> open(ServerSettings settings, Router const& router, Clock const& clock);
    ~Server();
    /// Threads start, connections are accepted.
    void start();
    /// Stops accepting, lets requests finish until `patience` runs out, closes what is left, joins. Blocks; idempotent.
    void stop(Milliseconds patience);
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] ServerStats stats() const;
    /// An io_context of the server's first thread, for background loops (the reaper).
    [[nodiscard]] net::any_io_executor executor();

private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fleeting::http
