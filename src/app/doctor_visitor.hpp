#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::app {

/// A request of the doctor's.
struct Ask {
    std::string method = "GET";
    std::string path{};  ///< behind the base path, percent-encoded
    std::vector<std::string> fields{};
    std::string body{};
    /// A body that is announced as so many bytes; of these `body` is sent, and then one now and then until `stop`.
    std::optional<std::uint64_t> announced{};
    std::function<void(std::string_view)> hear{};  ///< takes the answer's body as it comes, in place of the answer
    std::stop_token stop{};
    Milliseconds patience{10'000};
    bool is_narrow = false;    ///< what `hear` hasn't taken yet waits with who sends it, all but a little
    bool is_http_1_1 = false;  ///< also where HTTP/2 could be had: it has windows of its own, and is slower for large bodies
};

struct Answer {
    long status = 0;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::string from;  ///< this machine's address on that connection
    std::string to;

    /// Every value of a field of that name, joined by commas; empty where there is none.
    [[nodiscard]] std::string field(std::string_view name) const;
};

/// Where and how a visitor comes.
struct Way {
    std::string base;          ///< scheme, host, port and path, without a slash at its end
    std::string connect_to{};  ///< in place of the base's host
    std::string ca_file{};
    std::string from{};                 ///< the address to come from; empty: any
    std::vector<std::string> fields{};  ///< of each request
    bool is_checking = true;            ///< the certificate
};

/// Asks a server by HTTP, as a browser would reach it, past any proxy of the environment's. Thread-safe.
class Visitor {
public:
    explicit Visitor(Way way) : way_(std::move(way)) {}
    /// Blocks. errors    unavailable: nobody answers, or not in time; invalid_request: the certificate isn't trusted;
    ///                   not_found: who answers makes no TLS connection for that name
    /// An answer whose end is missing, for `stop` or for patience, is one once its head is there.
    [[nodiscard]] Result<Answer> ask_blocking(Ask const& ask) const;
    [[nodiscard]] Way const& way() const { return way_; }

private:
    Way way_;
};

}  // namespace fleeting::app
