// What holds for every request and every response: who may ask at all, and the security headers.

#include "api/api.hpp"
#include "api/tus_headers.hpp"
#include "http/cross_site.hpp"

#include <algorithm>

namespace fleeting::api {
namespace {

Result<> check_host(http::Request const& request, ApiSettings const& settings)
{
    // A page of another name that resolves to this address (DNS rebinding) would otherwise be of our own origin.
    auto const& hosts = settings.allowed_hosts;
    if (hosts.empty() ||
        std::ranges::any_of(hosts, [&](std::string const& host) { return http::equal_ignoring_case(host, request.host); }))
        return {};
    return fail_field(Errc::invalid_request, "Host", "not one of ours");
}

/// A load balancer's probe is answered whatever its network and whatever name it asks for: else the node would look dead.
bool is_probe(http::Request const& request)
{
    return request.segments.size() == 1 && (request.segments[0] == "healthz" || request.segments[0] == "readyz");
}

Result<> check_range(net::ip::address const& peer, BlockList const& blocks)
{
    if (!blocks.has_ranges())
        return {};
    auto range = blocks.range_of(peer.to_string());
    if (!range)
        return {};
    auto error = Error{Errc::address_blocked, {}, {}, 0};
    error.range = *std::move(range);
    return fail(std::move(error));
}

bool is_private(http::Request const& request)
{
    auto const& first = request.segments.empty() ? std::string{} : request.segments.front();
    return first == "api" || first == "d" || (request.segments.size() > 1 && first != "assets");
}

void set_default(http::ResponseHeaders& headers, http::FieldName name, std::string_view value)
{
    if (!headers.find(name.text()))
        headers.set(name, value);
}

}  // namespace

void set_rules(http::Router& router, ApiContext const& context)
{
    router.set_bar([&blocks = context.parts.blocks](net::ip::address const& peer) { return !check_range(peer, blocks); });
    router.set_gate([&settings = context.settings, &blocks = context.parts.blocks](http::Request const& request) -> Result<> {
        if (!is_probe(request)) {
            TRY(check_host(request, settings));
            TRY(check_range(request.peer, blocks));
        }
        if (is_private(request)) {
            TRY(http::check_isolation(request));
        }
        return http::check_same_origin(request, settings.allowed_origins);
    });
    router.set_finisher([&settings = context.settings](http::Request const& request, http::Response& response) {
        auto& headers = response.headers;
        set_default(headers, "Cache-Control", "no-store");
        set_default(headers, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        set_default(headers, "Referrer-Policy", "no-referrer");
        // Nothing here is for a search engine, the way in no more than what is behind it.
        headers.set("X-Robots-Tag", "noindex")
            .set("X-Content-Type-Options", "nosniff")
            .set("Cross-Origin-Resource-Policy", "same-origin");
        if (request.is_secure && settings.hsts)
            headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
        // Of every answer, says tus, an error's too.
        if (request.headers.count("Tus-Resumable") > 0)
            headers.set("Tus-Resumable", kTusVersion);
        // What is cut when its room ends mustn't lie in a proxy that goes on sending it. The word is nginx's.
        if (response.cutoff)
            headers.set("X-Accel-Buffering", "no");
    });
}

}  // namespace fleeting::api
