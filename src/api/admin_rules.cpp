// Who may use the operator's interface, and what its answers carry.

#include "api/admin.hpp"
#include "http/cross_site.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

constexpr auto kPolicy = std::string_view{
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"};

/// The page has no secret in it: it asks for the token, and shows that.
bool is_page(http::Request const& request)
{
    auto const is_read = request.method == http::Method::get || request.method == http::Method::head;
    auto const& path = request.segments;
    return is_read && !path.empty() && path[0] == "admin" &&
           (path.size() == 1 || (path.size() == 2 && path[1].empty()) || (path.size() == 3 && path[1] == "assets"));
}

std::string_view shown_token(http::Request const& request)
{
    constexpr auto kBearer = std::string_view{"Bearer "};
    auto const shown = request.headers.find("Authorization").value_or("");
    return http::starts_with_ignoring_case(shown, kBearer) ? shown.substr(kBearer.size()) : std::string_view{};
}

/// A page of another name that resolves to this address (DNS rebinding) would otherwise be of our own origin.
bool is_local_name(std::string_view host)
{
    auto const is_bracketed = host.starts_with('[');
    auto const name = host.substr(0, is_bracketed ? host.find(']') + 1 : host.rfind(':'));
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

Result<> check(http::Request const& request, OperatorService const& service)
{
    TRY(http::check_isolation(request));
    TRY(http::check_same_origin(request, {}));
    if (!service.has_token())
        return is_local_name(request.host) ? Result<>{} : fail_field(Errc::invalid_request, "Host", "not this machine");
    if (is_page(request) || service.is_token(shown_token(request)))
        return {};
    return fail(Errc::no_admin_token);
}

}  // namespace

void set_admin_rules(http::Router& router, AdminContext const& context)
{
    router.set_gate([&service = context.service](http::Request const& request) { return check(request, service); });
    router.set_finisher([](http::Request const&, http::Response& response) {
        response.headers.set("Cache-Control", "no-store")
            .set("Content-Security-Policy", kPolicy)
            .set("Referrer-Policy", "no-referrer")
            .set("X-Robots-Tag", "noindex")
            .set("X-Content-Type-Options", "nosniff")
            .set("X-Frame-Options", "DENY")
            .set("Cross-Origin-Resource-Policy", "same-origin");
        response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
        if (response.status == 401)
            response.headers.set("WWW-Authenticate", "Bearer realm=\"admin\"");
    });
}

}  // namespace fleeting::api
