#include "http/router.hpp"

#include "base/log.hpp"
#include "base/trace.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <exception>

namespace fleeting::http {
namespace {

bool is_rest(std::string_view part)
{
    return part.starts_with('{') && part.ends_with("*}");
}

bool is_parameter(std::string_view part)
{
    return part.starts_with('{');
}

/// Fixed parts before parameters before rests, from the left: the order in which patterns are tried.
std::string rank_of(std::string_view pattern)
{
    auto rank = std::string{};
    auto part = std::string_view{};
    pattern.remove_prefix(1);
    while (take_element(pattern, part, '/'))
        rank += is_rest(part) ? 'c' : is_parameter(part) ? 'b' : 'a';
    return rank;
}

std::string joined(std::vector<std::string> const& segments, std::size_t from)
{
    auto text = segments[from];
    for (auto i = from + 1; i < segments.size(); ++i)
        (text += '/') += segments[i];
    return text;
}

/// Whether `segments` fit `pattern`; fills `parameters` with what its parameters stand for.
bool matches(std::string_view pattern, std::vector<std::string> const& segments, std::vector<std::string>& parameters)
{
    parameters.clear();
    pattern.remove_prefix(1);
    for (auto i = std::size_t{0}; i < segments.size(); ++i) {
        auto const end = std::min(pattern.find('/'), pattern.size());
        auto const part = pattern.substr(0, end);
        auto const is_last = end == pattern.size();
        if (is_rest(part)) {
            parameters.push_back(joined(segments, i));
            return std::ranges::none_of(segments.begin() + static_cast<std::ptrdiff_t>(i), segments.end(), &std::string::empty);
        }
        if (is_parameter(part) ? segments[i].empty() : part != segments[i])
            return false;
        if (is_parameter(part))
            parameters.push_back(segments[i]);
        if (is_last)
            return i + 1 == segments.size();
        pattern.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace

std::string_view to_string(Method method)
{
    switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::unknown: break;
    }
    return "?";
}

std::optional<std::string_view> Request::find_query(std::string_view name) const
{
    auto found = std::optional<std::string_view>{};
    for (auto const& [other, value] : query) {
        if (other != name)
            continue;
        if (found)
            return std::nullopt;
        found = value;
    }
    return found;
}

Router::Router(std::function<Response(Error const&)> on_error) : on_error_(std::move(on_error)) {}

void Router::add(Method method, std::string pattern, Handler handler)
{
    auto const rank = rank_of(pattern);
    auto const at = std::ranges::upper_bound(routes_, rank, {}, [](Route const& route) { return rank_of(route.pattern); });
    routes_.insert(at, Route{method, std::move(pattern), std::move(handler)});
}

std::set<std::string_view> Router::methods_at(std::vector<std::string> const& segments) const
{
    auto methods = std::set<std::string_view>{};
    auto parameters = std::vector<std::string>{};
    auto kind = std::string{};
    for (auto const& route : routes_) {
        if (!matches(route.pattern, segments, parameters))
            continue;
        // The best fit comes first. Where that begins with a fixed part (`api`), one that takes any is about something else.
        auto own = rank_of(route.pattern).substr(0, 1);
        if (!methods.empty() && own != kind)
            break;
        kind = std::move(own);
        methods.insert(to_string(route.method));
        if (route.method == Method::get)
            methods.insert(to_string(Method::head));
    }
    return methods;
}

Response Router::no_route(Request const& request) const
{
    auto const allowed = methods_at(request.segments);
    if (allowed.empty())
        return on_error_(Error{Errc::not_found, "no route", {}, 0});
    auto list = std::string{};
    for (auto const method : allowed)
        (list += list.empty() ? "" : ", ") += method;
    auto response = problem_response({405, "method_not_allowed", "This address doesn't take that method.", {}, 0});
    response.headers.set("Allow", list);
    return response;
}

Route const* Router::find(Request& request) const
{
    auto const wanted = request.method == Method::head ? Method::get : request.method;
    for (auto const& route : routes_)
        if ((route.method == request.method || route.method == wanted) &&
            matches(route.pattern, request.segments, request.parameters))
            return &route;
    return nullptr;
}

net::awaitable<Response> Router::answer(Request& request) const
{
    auto response = Response{};
    try {
        auto const* const route = find(request);
        auto const allowed = gate_ ? gate_(request) : Result<>{};
        if (!allowed) {
            response = on_error_(allowed.error());
        } else if (route == nullptr) {
            response = no_route(request);
        } else {
            auto answered = co_await route->handler(request);
            response = answered ? *std::move(answered) : on_error_(answered.error());
        }
    } catch (std::exception const& e) {
        auto const trace = fresh_trace_id();
        log::error("handler_failed", e.what(), trace);
        response = problem_response({500,
                                     "internal",
                                     "The server has a bug; it has been logged.",
                                     {},
                                     0,
                                     "about:blank",
                                     R"("trace_id":")" + trace + '"'});
        response.close = true;
    }
    finish(request, response);
    co_return response;
}

Response Router::refuse(Request const& request, Error const& error) const
{
    auto response = on_error_(error);
    finish(request, response);
    return response;
}

void Router::finish(Request const& request, Response& response) const
{
    if (finisher_)
        finisher_(request, response);
}

}  // namespace fleeting::http
