// How the server sees a member who comes through the proxy: name, scheme and address; and what comes back of its own headers.

#include "app/doctor_doors.hpp"
#include "base/ascii.hpp"
#include "http/proxies.hpp"

#include <array>

namespace fleeting::app {
namespace {

constexpr auto kForged = std::string_view{"203.0.113.77"};  // RFC 5737: nobody's
constexpr auto kTransportSecurity = std::string_view{"Strict-Transport-Security"};
constexpr auto kSecurityFields = std::array<std::string_view, 9>{"Content-Security-Policy",
                                                                 kTransportSecurity,
                                                                 "X-Content-Type-Options",
                                                                 "Referrer-Policy",
                                                                 "Cross-Origin-Opener-Policy",
                                                                 "Cross-Origin-Resource-Policy",
                                                                 "Permissions-Policy",
                                                                 "X-Frame-Options",
                                                                 "Cache-Control"};

bool is_trusted(Settings const& settings, std::string const& text)
{
    auto error = boost::system::error_code{};
    auto const address = net::ip::make_address(text, error);
    return !error && http::is_trusted(address, settings.server.trusted_proxies);
}

bool is_loopback(std::string const& text)
{
    auto error = boost::system::error_code{};
    auto const address = net::ip::make_address(text, error);
    return !error && http::unmapped(address).is_loopback();
}

/// Who asks, and as whom the server sees that.
struct Seen {
    std::string here;
    std::string address;
    std::string scheme;
    std::string host;
};

class MemberLook {
public:
    MemberLook(Doors& doors, Seen through, Seen straight)
        : doors_(doors), settings_(doors.settings), findings_(doors.findings), through_(std::move(through)),
          straight_(std::move(straight))
    {
    }
    void examine();

private:
    void compare_fields();
    bool look_at_host();
    bool look_at_trust();
    void look_at_address();
    void look_at_scheme();
    void tell_forged();
    void tell_taken_for_proxy();
    [[nodiscard]] bool is_scheme_lost() const { return doors_.url.is_secure && through_.scheme != "https"; }
    [[nodiscard]] bool is_taken_for_proxy() const;

    Doors& doors_;
    Settings const& settings_;
    Findings& findings_;
    Seen through_;
    Seen straight_;
};

/// Those that keep browsers safe pass unchanged, once each.
void MemberLook::compare_fields()
{
    auto const page = Ask{.path = "/", .fields = {"Accept: text/html"}};
    auto const [through, straight] = std::pair{doors_.through.ask_blocking(page), doors_.straight.ask_blocking(page)};
    if (!through || !straight)
        return findings_.mend("headers", "the page doesn't come: " + (through ? straight : through).error().detail);
    auto changed = std::string{};
    for (auto const name : kSecurityFields) {
        auto const passed = through->field(name);
        auto const is_of_scheme = name == kTransportSecurity && through_.scheme != straight_.scheme;
        if (passed != straight->field(name) && !is_of_scheme)
            changed +=
                (changed.empty() ? "" : "; ") + std::string{name} + (passed.empty() ? " is missing" : " is \"" + passed + "\"");
    }
    if (changed.empty())
        return findings_.well("headers", "pass unchanged");
    findings_.mend("headers",
                   changed + ": let the proxy neither take nor add these (nginx: add_header, Apache: Header, Caddy: header)");
}

bool MemberLook::look_at_host()
{
    auto const is_passed = http::equal_ignoring_case(through_.host, doors_.url.host);
    if (is_passed)
        findings_.well("host", "passes on as it came");
    else
        findings_.mend("host",
                       "the server is told " + through_.host + " in place of " + doors_.url.host +
                           ", and what browsers change is refused: let the proxy pass Host on (nginx: proxy_set_header Host "
                           "$http_host; Apache: ProxyPreserveHost On; Caddy: no header_up Host)");
    return is_passed;
}

/// Whether the server believes whom these settings have it believe.
bool MemberLook::look_at_trust()
{
    if (!is_trusted(settings_, straight_.here) || straight_.address != straight_.here)
        return true;
    findings_.mend("server", "the one that runs doesn't trust " + straight_.here +
                                 ", though trusted-proxies here has it: it was started before that was set. Restart it "
                                 "(systemctl restart fleeting), or name the settings that it runs with by --config");
    return false;
}

bool MemberLook::is_taken_for_proxy() const
{
    auto const& seen = through_.address;
    return seen != kForged && seen != through_.here && (is_trusted(settings_, seen) || is_loopback(seen));
}

void MemberLook::tell_forged()
{
    if (is_trusted(settings_, through_.here))
        return findings_.note("address", "can't be told from here, as " + through_.here + " is a trusted proxy itself: compare " +
                                             doors_.url.origin + doors_.url.path +
                                             "/api/v1/connection on another machine with that machine's address");
    findings_.mend("address",
                   "whoever writes X-Forwarded-For is believed, and so has limits of their own making: let the proxy add to it "
                   "(nginx: $proxy_add_x_forwarded_for; Caddy: no trusted_proxies but what stands before it), and trust no more "
                   "than the proxy (FLEETING_TRUSTED_PROXIES)");
}

/// The scheme is lost with the address, by the same cause.
void MemberLook::tell_taken_for_proxy()
{
    auto const& seen = through_.address;
    auto const taken = "every member is taken for " + seen;
    auto const scheme = std::string{is_scheme_lost() ? ", and HTTPS for plain HTTP" : ""};
    if (!is_trusted(settings_, seen))
        return findings_.mend("address",
                              taken + " and shares its limits" + scheme + ": add that to FLEETING_TRUSTED_PROXIES, and restart");
    auto const is_trusting = straight_.address == kForged;
    findings_.mend("address", taken + ", the proxy, and shares its limits" + scheme + ": let it send X-Forwarded-For" +
                                  (is_scheme_lost() ? " and X-Forwarded-Proto" : "") +
                                  " (nginx: proxy_set_header; Apache and Caddy do unless told otherwise: no RequestHeader unset, "
                                  "no header_up for it)" +
                                  (is_trusting ? ""
                                               : "; or the running server was started before trusted-proxies was set: "
                                                 "restart it"));
}

/// With a header that no proxy in front of members may believe.
void MemberLook::look_at_address()
{
    auto const& [here, seen, scheme, host] = through_;
    if (seen == kForged)
        tell_forged();
    else if (seen == here)
        findings_.well("address", "a member is the address they come from");
    else if (is_taken_for_proxy())
        tell_taken_for_proxy();
    else
        findings_.note("address", "the server sees " + seen + ", this machine asked from " + here +
                                      ": well where something in between translates addresses. If " + seen +
                                      " is the proxy, add it to FLEETING_TRUSTED_PROXIES");
}

void MemberLook::look_at_scheme()
{
    if (!doors_.url.is_secure)
        return findings_.note("scheme", "plain HTTP: passwords and files can be read on the way");
    if (!is_scheme_lost())
        return findings_.well("scheme", "https, cookies are marked secure");
    auto const& seen = through_.address;
    auto const is_heard = seen == kForged || seen == through_.here;
    findings_.mend("scheme", "the server takes it for plain HTTP, so that cookies aren't marked secure, "
                             "Strict-Transport-Security is missing and old browsers are refused (cross_site): let the proxy send "
                             "X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme; Apache: RequestHeader set "
                             "X-Forwarded-Proto https; Caddy: no header_up for it)" +
                                 std::string{is_heard ? "" : "; where it does, name its address in FLEETING_TRUSTED_PROXIES"});
}

void MemberLook::examine()
{
    compare_fields();
    doors_.is_own_origin = look_at_host() && !is_scheme_lost();
    if (!look_at_trust())
        return;
    if (!is_taken_for_proxy() || !is_scheme_lost())
        look_at_scheme();
    look_at_address();
}

Result<Seen> ask(Visitor const& visitor)
{
    TRY(auto const answer,
        visitor.ask_blocking({.path = "/api/v1/connection", .fields = {"X-Forwarded-For: " + std::string{kForged}}}));
    auto const seen = object_of(answer.body);
    if (!seen.contains("address"))
        return fail(Errc::unavailable, told(answer));
    return Seen{answer.from, text_in(seen, "address"), text_in(seen, "scheme"), text_in(seen, "host")};
}

}  // namespace

void examine_member(Doors& doors)
{
    auto through = ask(doors.through);
    auto straight = ask(doors.straight);
    if (!through || !straight)
        return doors.findings.mend("address", "the server doesn't tell: " + (through ? straight : through).error().detail);
    MemberLook{doors, *std::move(through), *std::move(straight)}.examine();
}

}  // namespace fleeting::app
