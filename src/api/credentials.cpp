#include "api/credentials.hpp"

#include "base/base64.hpp"
#include "http/cookies.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace fleeting::api {
namespace {

// Of each kind, so that a header of both fits into the 8 KiB that proxies take.
constexpr auto kMostCookies = std::size_t{32};
constexpr auto kIdDigits = std::size_t{16};

/// A kind of cookie, of which a browser has one for each room, by how its name begins.
struct CookieKind {
    std::string_view plain;
    std::string_view secure;

    [[nodiscard]] std::string_view prefix(http::Request const& request) const { return request.is_secure ? secure : plain; }
    [[nodiscard]] std::string name(http::Request const& request, RoomId room) const
    {
        return std::string{prefix(request)} + room.hex().substr(0, kIdDigits);
    }
};
// Only a page of this very host, over TLS, can set or be sent a secure one.
constexpr auto kSession = CookieKind{"r_", "__Host-Http-r_"};
constexpr auto kKnown = CookieKind{"k_", "__Host-Http-k_"};

/// Those of a kind, oldest first, as browsers send them (RFC 6265, 5.4).
std::vector<http::CookieView> all_of(http::Request const& request, CookieKind const& kind)
{
    auto cookies = http::cookies_of(request);
    std::erase_if(cookies, [prefix = kind.prefix(request)](auto const& cookie) { return !cookie.name.starts_with(prefix); });
    return cookies;
}

std::vector<std::string_view> cookies_of(http::Request const& request, CookieKind const& kind)
{
    auto const cookies = all_of(request, kind);
    auto values = std::vector<std::string_view>{};
    for (auto i = cookies.size() - std::min(cookies.size(), kMostCookies); i < cookies.size(); ++i)
        values.push_back(cookies[i].value);
    return values;
}

/// Has the browser forget the oldest of a kind, where with one more it would have too many.
void forget_oldest(http::Request const& request, http::Response& response, CookieKind const& kind)
{
    auto const cookies = all_of(request, kind);
    auto const prefix = kind.prefix(request).size();
    for (auto i = std::size_t{0}; i + kMostCookies <= cookies.size(); ++i) {
        auto const digits = cookies[i].name.substr(prefix);
        // Not ours, or nothing to repeat in a header.
        if (digits.size() != kIdDigits || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
            continue;
        response.headers.add("Set-Cookie", http::set_cookie(cookies[i].name, "", Seconds{0}, request.is_secure));
    }
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
    auto const texts = bearer ? std::vector{*bearer} : cookies_of(request, kSession);
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
    for (auto const value : cookies_of(request, kSession))
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

std::vector<KnownMark> known_marks_of(http::Request const& request)
{
    auto marks = std::vector<KnownMark>{};
    for (auto const value : cookies_of(request, kKnown))
        if (auto const mark = KnownMark::parse(value))
            marks.push_back(*mark);
    return marks;
}

void give_session(http::Request const& request, http::Response& response, NewSession const& made, Instant now)
{
    auto const left = std::max(std::chrono::ceil<Seconds>(made.room.expires_at - now), Seconds{1});
    // An owner may extend the room, and its receipt is there for a day; the cookie outlives both, the session never does.
    constexpr auto kSlack = std::chrono::hours{48};
    auto const give = [&](CookieKind const& kind, std::string const& value) {
        forget_oldest(request, response, kind);
        auto const name = kind.name(request, made.room.id);
        response.headers.add("Set-Cookie", http::set_cookie(name, value, left + kSlack, request.is_secure));
    };
    give(kSession, made.token.hex());
    give(kKnown, made.mark.hex());
}

void take_session(http::Request const& request, http::Response& response, RoomId room)
{
    response.headers.add("Set-Cookie", http::set_cookie(kSession.name(request, room), "", Seconds{0}, request.is_secure));
}

}  // namespace fleeting::api
