#include "http/cross_site.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace fleeting::http {
namespace {

bool is_own_origin(Request const& request, std::string_view origin, std::vector<std::string> const& allowed_origins)
{
    auto const own = std::string{request.is_secure ? "https://" : "http://"} + std::string{request.host};
    return equal_ignoring_case(origin, own) ||
           std::ranges::any_of(allowed_origins, [&](std::string const& allowed) { return equal_ignoring_case(origin, allowed); });
}

/// Whether Referer is an address of ours.
bool is_from_own_page(Request const& request, std::vector<std::string> const& allowed_origins)
{
    auto const referer = request.headers.find("Referer").value_or("");
    auto const authority = referer.find("//");
    if (authority == std::string_view::npos)
        return false;
    return is_own_origin(request, referer.substr(0, referer.find('/', authority + 2)), allowed_origins);
}

}  // namespace

Result<> check_same_origin(Request const& request, std::vector<std::string> const& allowed_origins)
{
    auto const is_safe = request.method == Method::get || request.method == Method::head || request.method == Method::options;
    if (is_safe || starts_with_ignoring_case(request.headers.find("Authorization").value_or(""), "Bearer "))
        return {};
    auto const origin = request.headers.find("Origin");
    auto const is_own = origin && is_own_origin(request, *origin, allowed_origins);
    if (auto const site = request.headers.find("Sec-Fetch-Site"))
        return *site == "same-origin" || is_own ? Result<>{} : fail(Errc::cross_site, "Sec-Fetch-Site");
    if (request.headers.count("Origin") > 0)
        return is_own ? Result<>{} : fail(Errc::cross_site, "Origin");
    // Text browsers know neither. What they tell instead no other site's page can make them say.
    if (is_from_own_page(request, allowed_origins))
        return {};
    return request.headers.count("Cookie") > 0 ? fail(Errc::cross_site, "neither Origin nor Sec-Fetch-Site") : Result<>{};
}

Result<> check_isolation(Request const& request)
{
    auto const site = request.headers.find("Sec-Fetch-Site");
    auto const is_navigation = request.headers.find("Sec-Fetch-Dest") == "document" && request.method == Method::get;
    // A neighbour (another port or subdomain of our host) is sent the cookies, and is no more ours than anybody else.
    auto const is_elsewhere = site == "cross-site" || site == "same-site";
    if (is_elsewhere && !is_navigation)
        return fail(Errc::cross_site, "Sec-Fetch-Dest");
    return {};
}

}  // namespace fleeting::http
