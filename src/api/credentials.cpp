#include "api/credentials.hpp"

#include "base/base64.hpp"
#include "http/cookies.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace fleeting::api {
namespace {

constexpr auto kPlainPrefix = std::string_view{"r_"};
// Only a page of this very host, over TLS, can set or be sent such a cookie.
constexpr auto kSecurePrefix = std::string_view{"__Host-Http-r_"};
constexpr auto kMostCookies = std::size_t{64};

std::string cookie_name(http::Request const& request, RoomId room)
{
    return std::string{request.is_secure ? kSecurePrefix : kPlainPrefix} + room.hex().substr(0, 16);
}

/// The values of the cookies that name sessions here.
std::vector<std::string_view> session_cookies(http::Request const& request)
{
    auto values = std::vector<std::string_view>{};
    for (auto const& [name, value] : http::cookies_of(request))
        if (name.starts_with(request.is_secure ? kSecurePrefix : kPlainPrefix) && values.size() < kMostCookies)
            values.push_back(value);
    return values;
}

std::optional<std::string_view> authorization(http::Request const& request, std::string_view scheme)
{
    auto const field = request.headers.find("Authorization");
    if (!field || !http::starts_with_ignoring_case(*field, scheme))
        return std::nullopt;
    return http::trimmed(field->substr(scheme.size()));
}

std::optional<BasicCredential> basic_of(http::Request const& request)
{
    auto const encoded = authorization(request, "Basic ");
    auto const decoded = encoded ? parse_base64(*encoded) : fail(Errc::invalid_request);
    if (!decoded)
        return std::nullopt;
    auto const text = std::string_view{reinterpret_cast<char const*>(decoded->data()), decoded->size()};
    auto const colon = text.find(':');
    if (colon == std::string_view::npos || !http::is_utf8(text))
        return std::nullopt;
    return BasicCredential{std::string{text.substr(0, colon)}, std::string{text.substr(colon + 1)}};
}

}  // namespace

Credential credential_of(http::Request const& request)
{
    auto credential = Credential{{}, basic_of(request), request.peer.to_string()};
    auto const bearer = authorization(request, "Bearer ");
    auto const texts = bearer ? std::vector{*bearer} : session_cookies(request);
    for (auto const text : texts)
        if (auto const token = SessionToken::parse(text))
            credential.tokens.push_back(*token);
    return credential;
}

std::vector<LinkBearer> bearers_of(http::Request const& request)
{
    auto bearers = std::vector<LinkBearer>{};
    auto const add_token = [&](std::string_view text) {
        if (auto const token = SessionToken::parse(text))
            bearers.push_back({link_binding(text), *token});
    };
    if (auto const bearer = authorization(request, "Bearer "))
        add_token(*bearer);
    else if (auto const basic = basic_of(request))
        bearers.push_back({link_binding(*authorization(request, "Basic ")), basic->user});
    for (auto const value : session_cookies(request))
        add_token(value);
    return bearers;
}

Sha256 binding_of(http::Request const& request, Admission const& admission)
{
    // That of the token which admitted the caller, found by what is stored of it; else they came by HTTP Basic.
    auto const bearers = bearers_of(request);
    for (auto const& [binding, caller] : bearers)
        if (auto const* const token = std::get_if<SessionToken>(&caller);
            token != nullptr && session_id_of(*token) == admission.session.id)
            return binding;
    return bearers.empty() ? Sha256{} : bearers.front().binding;
}

void give_session(http::Request const& request, http::Response& response, NewSession const& made, Instant now)
{
    auto const left = std::max(std::chrono::ceil<Seconds>(made.room.expires_at - now), Seconds{1});
    // An owner may extend the room, and its receipt is there for a day; the cookie outlives both, the session never does.
    constexpr auto kSlack = std::chrono::hours{48};
    response.headers.add(
        "Set-Cookie", http::set_cookie(cookie_name(request, made.room.id), made.token.hex(), left + kSlack, request.is_secure));
}

void take_session(http::Request const& request, http::Response& response, RoomId room)
{
    response.headers.add("Set-Cookie", http::set_cookie(cookie_name(request, room), "", Seconds{0}, request.is_secure));
}

}  // namespace fleeting::api
