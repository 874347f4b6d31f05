#pragma once

#include "base/cutoff.hpp"
#include "http/body.hpp"
#include "http/headers.hpp"

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, unknown };
std::string_view to_string(Method method);

/// One request whose head has been read and found well-formed. Lives on its connection's thread until it is answered.
class Request {
public:
    Method method = Method::unknown;
    std::string_view target;  ///< as received, printable ASCII; its query may hold a secret: never log it
    std::vector<std::string>
        segments;  ///< path behind the base path, split at `/`, percent-decoded once, valid UTF-8; `/a/` → {"a",""}
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order; `+` stays `+`
    RequestHeaders headers;
    net::ip::address peer;                ///< the client's address, behind trusted proxies the forwarded one
    bool is_secure = false;               ///< TLS here, or at a trusted proxy
    std::string_view host;                ///< the Host field
    std::vector<std::string> parameters;  ///< what the route's `{…}` matched, in order

    [[nodiscard]] BodyReader& body() { return *body_; }
    /// The value of the only query parameter of that name; nothing where there is none or more than one.
    [[nodiscard]] std::optional<std::string_view> find_query(std::string_view name) const;
    /// From here on the request is cut (its connection closed) within 1 s after `cutoff` passes, whatever it is doing.
    void cut_at(std::shared_ptr<Cutoff const> cutoff) { cutoff_ = std::move(cutoff); }
    [[nodiscard]] std::shared_ptr<Cutoff const> const& cutoff() const { return cutoff_; }
    /// Ends this request from any thread: a waiting body read answers `cancelled`. Safe after the request is gone.
    [[nodiscard]] std::function<void()> canceller() const { return make_canceller_(); }

    /// The connection's own part.
    void attach(BodyReader& body, std::function<std::function<void()>()> make_canceller)
    {
        body_ = &body;
        make_canceller_ = std::move(make_canceller);
    }

private:
    BodyReader* body_ = nullptr;
    std::shared_ptr<Cutoff const> cutoff_;
    std::function<std::function<void()>()> make_canceller_;  ///< made only where asked for: most requests never are
};

}  // namespace fleeting::http
