// The page, its assets, and the small addresses every site has.

#include "api/api.hpp"
#include "api/form_pages.hpp"
#include "api/forms.hpp"
#include "api/json.hpp"
#include "api/problems.hpp"
#include "http/text.hpp"

#include <boost/json/serialize.hpp>

namespace fleeting::api {

Task<http::Response> list_room_as_text(ApiContext const& context, http::Request& request);

namespace {

using http::Method;
using http::Request;
using http::Response;

/// store   where the page may also send bytes; or empty
std::string page_policy(std::string_view store)
{
    auto policy =
        std::string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
                    "connect-src 'self'"};
    if (!store.empty())
        (policy += ' ') += store;
    return policy + "; media-src 'self' blob:; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
                    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
}

constexpr auto kHostBytes = std::string_view{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]"};
constexpr auto kHere = std::string_view{"THIS_ADDRESS"};
constexpr auto kHowTo =
    std::string_view{R"(Fleeting Files: hand files to the people around you. No account; the room deletes itself.

  open a room      curl -X POST THIS_ADDRESS/api/v1/rooms
  put a file in    curl -u :PASSWORD -T notes.pdf THIS_ADDRESS/ROOM/
  list             curl -u :PASSWORD THIS_ADDRESS/ROOM/
  get a file       curl -u :PASSWORD -OJ THIS_ADDRESS/ROOM/notes.pdf

In a browser, open this address.
)"};

/// The commands, ready to be pasted. A Host that a shell could read as more than a name isn't repeated.
std::string how_to(ApiContext const& context, Request const& request)
{
    auto text = std::string{kHowTo};
    if (request.host.find_first_not_of(kHostBytes) != std::string_view::npos)
        return text;
    auto const address = (request.is_secure ? "https://" : "http://") + std::string{request.host} + context.address("");
    for (auto at = text.find(kHere); at != std::string::npos; at = text.find(kHere, at + address.size()))
        text.replace(at, kHere.size(), address);
    return text;
}

bool wants_html(Request const& request)
{
    return request.headers.find("Accept").value_or("").find("text/html") != std::string_view::npos;
}

Task<Response> asset(ApiContext const& context, Request const& request, std::string path)
{
    auto const* const found = context.parts.find_asset(path);
    if (found == nullptr)
        co_return fail(Errc::not_found, "no such asset");
    co_return http::asset_response(request, *found);
}

Task<Response> page(ApiContext const& context, Request const& request)
{
    CO_TRY(auto response, co_await asset(context, request, "index.html"));
    set_page_rules(response, context.parts.direct.source());
    response.headers.set("Cache-Control", "no-cache").set("Vary", "Accept, Accept-Encoding");
    co_return response;
}

Task<Response> home(ApiContext const& context, Request& request)
{
    if (request.find_query("plain"))
        co_return form_door(context);
    if (wants_html(request))
        co_return co_await page(context, request);
    co_return http::text_response(200, how_to(context, request));
}

Task<Response> room_page(ApiContext const& context, Request& request)
{
    if (request.find_query("plain"))
        co_return co_await form_room(context, request);
    if (wants_html(request))
        co_return co_await page(context, request);
    co_return co_await list_room_as_text(context, request);
}

Task<Response> to_room_page(ApiContext const& context, Request& request)
{
    // A file of the site (favicon.svg …), else a room's name without its slash.
    auto const& name = request.parameters[0];
    if (name != "index.html" && context.parts.find_asset(name) != nullptr)
        co_return co_await asset(context, request, name);
    auto response = Response{};
    response.status = 308;
    response.headers.set("Location", context.address("/" + http::percent_encoded(name) + "/"));
    co_return response;
}

/// Whom to tell of a weakness (RFC 9116). Who reads it much later asks again.
Task<Response> security_contacts(ApiContext const& context)
{
    constexpr auto kHolds = std::chrono::hours{24 * 90};
    auto const& contacts = context.settings.security_contacts;
    if (contacts.empty())
        co_return fail(Errc::not_found, "no security-contact is set");
    auto text = std::string{};
    for (auto const& contact : contacts)
        text += "Contact: " + contact + "\n";
    text += "Expires: " + to_rfc3339(context.parts.clock.now() + kHolds) + "\n";
    co_return http::text_response(200, std::move(text));
}

/// How the server sees who asks: what an operator compares with how it is, proxies and all.
Task<Response> connection(Request const& request)
{
    auto const seen = json::object{
        {"address", request.peer.to_string()}, {"scheme", request.is_secure ? "https" : "http"}, {"host", request.host}};
    co_return http::json_response(200, json::serialize(seen) + "\n");
}

Task<Response> ready(ApiContext const& context, Request&)
{
    CO_TRY(co_await context.parts.check_ready());
    co_return http::json_response(200, R"({"status":"ready"})");
}

}  // namespace

void set_page_rules(Response& response, std::string_view store)
{
    response.headers.set("Content-Security-Policy", page_policy(store))
        .set("X-Frame-Options", "DENY")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Origin-Agent-Cluster", "?1");
    response.headers.set("Permissions-Policy",
                         "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()");
}

void add_page_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/", [&context](Request& request) { return home(context, request); });
    router.add(Method::get, "/{room}/", [&context](Request& request) { return room_page(context, request); });
    router.add(Method::get, "/{room}", [&context](Request& request) { return to_room_page(context, request); });
    router.add(Method::get, "/assets/{name}",
               [&context](Request& request) { return asset(context, request, "assets/" + request.parameters[0]); });
    router.add(Method::get, "/api/v1/openapi.json",
               [&context](Request& request) { return asset(context, request, "openapi.json"); });
    router.add(Method::get, "/api/v1/connection", [](Request& request) { return connection(request); });
    router.add(Method::get, "/robots.txt",
               [](Request&) -> Task<Response> { co_return http::text_response(200, "User-agent: *\nDisallow: /\n"); });
    router.add(Method::get, "/.well-known/security.txt", [&context](Request&) { return security_contacts(context); });
    router.add(Method::get, "/healthz",
               [](Request&) -> Task<Response> { co_return http::json_response(200, R"({"status":"ok"})"); });
    router.add(Method::get, "/readyz", [&context](Request& request) { return ready(context, request); });
}

}  // namespace fleeting::api
