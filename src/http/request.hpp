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

/// What a request asks of its connection.
class RequestHost {
public:
    virtual ~RequestHost() = default;
    /// See `Request::canceller`.
    virtual std::function<void()> canceller() = 0;
    /// See `Request::send_interim`.
    virtual net::awaitable<void> send_interim(int status, ResponseHeaders headers) = 0;
};

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
    /// The request ends itself when `cutoff` passes and still says so; within 1 s it is cut if its client doesn't take that.
    void end_at(std::shared_ptr<Cutoff const> cutoff)
    {
        cutoff_ = std::move(cutoff);
        ends_itself_ = true;
    }
    [[nodiscard]] std::shared_ptr<Cutoff const> const& cutoff() const { return cutoff_; }
    [[nodiscard]] bool ends_itself() const { return ends_itself_; }
    /// Ends this request from any thread: a waiting body read answers `cancelled`. Safe after the request is gone.
    [[nodiscard]] std::function<void()> canceller() const { return host_->canceller(); }
    /// Sends an informational response (RFC 9110 §15.2) before the final one; nothing to a client of HTTP/1.0, or to one that
    /// is gone, which the body's next read tells.
    net::awaitable<void> send_interim(int status, ResponseHeaders fields)
    {
        return host_->send_interim(status, std::move(fields));
    }

    /// The connection's own part.
    void attach(BodyReader& body, RequestHost& owner)
    {
        body_ = &body;
        host_ = &owner;
    }

private:
    BodyReader* body_ = nullptr;
    std::shared_ptr<Cutoff const> cutoff_;
    RequestHost* host_ = nullptr;
    bool ends_itself_ = false;
};

}  // namespace fleeting::http
