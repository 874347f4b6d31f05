#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::http {

using Handler = std::function<Task<Response>(Request&)>;

/// One row: `GET /api/v1/rooms/{room}`. A `{…}` matches one non-empty segment, a last `{…*}` the rest of the path joined by `/`
/// (at least one non-empty segment); a pattern's trailing `/` matches exactly a trailing `/`. Fixed segments win over `{…}`.
struct Route {
    Method method;
    std::string pattern;
    Handler handler;
};

/// Finds the handler of a request: 404 (`not_found`) for no pattern, 405 with `Allow` for a pattern without the method. HEAD
/// falls back to GET's handler (the connection sends no body). Immutable once serving.
class Router {
public:
    /// on_error     turns a handler's error into a response
    explicit Router(std::function<Response(Error const&)> on_error);
    void add(Method method, std::string pattern, Handler handler);
    [[nodiscard]] std::vector<Route> const& routes() const { return routes_; }
    /// Runs before every handler; an error is the answer (CSRF rule, host check).
    void set_gate(std::function<Result<>(Request const&)> gate) { gate_ = std::move(gate); }
    /// Asked of who has a request that runs, a few times a second: one who is barred by now is cut.
    void set_bar(std::function<bool(net::ip::address const&)> bar) { bar_ = std::move(bar); }
    [[nodiscard]] bool is_barred(net::ip::address const& peer) const { return bar_ && bar_(peer); }
    /// Runs on every response (security headers).
    void set_finisher(std::function<void(Request const&, Response&)> finisher) { finisher_ = std::move(finisher); }
    /// Never fails: errors and unknown routes are responses. An exception is the connection's to catch.
    net::awaitable<Response> answer(Request& request) const;
    /// What a request gets that never comes to a handler.
    [[nodiscard]] Response refuse(Request const& request, Error const& error) const;
    /// Adds what every response has; for one that was made elsewhere.
    void finish(Request const& request, Response& response) const;

private:
    [[nodiscard]] Route const* find(Request& request) const;
    /// What may be asked of a path; nothing where it is none of ours.
    [[nodiscard]] std::set<std::string_view> methods_at(std::vector<std::string> const& segments) const;
    [[nodiscard]] Response no_route(Request const& request) const;

    std::function<Response(Error const&)> on_error_;
    std::function<Result<>(Request const&)> gate_;
    std::function<bool(net::ip::address const&)> bar_;
    std::function<void(Request const&, Response&)> finisher_;
    std::vector<Route> routes_;
};

}  // namespace fleeting::http
