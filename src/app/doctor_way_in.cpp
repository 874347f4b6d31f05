// The running server as members reach it: through the operator's own proxy. What is asked there is asked of the server itself as
// well, past the proxy, so that a difference is the proxy's.

#include "app/doctor_doors.hpp"
#include "base/ascii.hpp"
#include "http/proxies.hpp"

#include <array>

namespace fleeting::app {
namespace {

namespace json = boost::json;

constexpr auto kForged = std::string_view{"203.0.113.77"};  // RFC 5737: nobody's
constexpr auto kOtherSelf = std::string_view{"127.84.0.1"};
constexpr auto kSecurityFields = std::array<std::string_view, 9>{"Content-Security-Policy",
                                                                 "Strict-Transport-Security",
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

class WayIn {
public:
    explicit WayIn(Doors& doors)
        : settings_(doors.settings), findings_(doors.findings), url_(doors.url), through_(doors.through),
          straight_(doors.straight)
    {
    }
    /// Whether a member gets as far as to open a room.
    bool examine();

private:
    Result<Answer> knock();
    bool reach();
    bool find_server();
    bool explain(Answer const& answer);
    void compare_fields();
    void look_at_host(json::object const& seen);
    void look_at_scheme(json::object const& seen);
    void look_at_address();
    void judge_address(std::string const& here, std::string const& seen);

    Settings const& settings_;
    Findings& findings_;
    Url const& url_;
    Visitor& through_;
    Visitor const& straight_;
};

/// Asks the first time; with a certificate that isn't trusted all the same.
Result<Answer> WayIn::knock()
{
    auto answer = through_.ask_blocking({.path = "/healthz"});
    if (answer && url_.is_secure)
        findings_.well("certificate", "trusted");
    if (answer || answer.error().code != Errc::invalid_request)
        return answer;
    findings_.mend("certificate", "browsers that don't know its authority warn (" + answer.error().detail +
                                      "). Where the authority is your own, name it here by --ca-file");
    auto way = through_.way();
    way.is_checking = false;
    through_ = Visitor{std::move(way)};
    return through_.ask_blocking({.path = "/healthz"});
}

bool WayIn::reach()
{
    auto const answer = knock();
    if (!answer) {
        findings_.mend("proxy",
                       "nobody answers at " + url_.origin + " (" + answer.error().detail +
                           "): is it running, does the name lead to it, is the port open? From another address: --connect-to");
        return false;
    }
    if (answer->to.starts_with("127.")) {
        auto way = through_.way();
        way.from = kOtherSelf;  // a member on this machine, who isn't the proxy
        through_ = Visitor{std::move(way)};
    }
    return true;
}

bool WayIn::find_server()
{
    auto const answer = straight_.ask_blocking({.path = "/healthz"});
    auto const is_there = answer && answer->status == 200;
    if (!answer)
        findings_.mend("server", "nobody answers at " + settings_.server.listen +
                                     " on this machine: start it (systemctl status fleeting), or name its settings by --config");
    else if (!is_there)
        return explain(*answer);
    return is_there;
}

/// A refusal before anything could be asked.
bool WayIn::explain(Answer const& answer)
{
    auto const problem = object_of(answer.body);
    if (text_in(problem, "field") == "Host")
        findings_.mend("host", "the server refuses the name: let the proxy pass Host on as it came (nginx: proxy_set_header Host "
                               "$http_host; Apache: ProxyPreserveHost On), and have " +
                                   url_.host + " in FLEETING_ALLOWED_HOSTS");
    else if (answer.status == 502 || answer.status == 503 || answer.status == 504)
        findings_.mend("proxy", "it answers " + told(answer) + ": it must lead to " + settings_.server.listen);
    else if (text_in(problem, "code") == "not_found")
        findings_.mend("server", "the one that runs doesn't know /api/v1/connection: it is an older version (systemctl restart "
                                 "fleeting), or the proxy changes the path");
    else
        findings_.mend("proxy", "it answers " + told(answer) +
                                    ": that isn't this server. Does the proxy have a site of that name, and " +
                                    (settings_.api.base_path.empty() ? "no path" : "the path " + settings_.api.base_path) +
                                    " as FLEETING_BASE_PATH says?");
    return false;
}

/// Those that keep browsers safe pass unchanged, once each.
void WayIn::compare_fields()
{
    auto const page = Ask{.path = "/", .fields = {"Accept: text/html"}};
    auto const [through, straight] = std::pair{through_.ask_blocking(page), straight_.ask_blocking(page)};
    if (!through || !straight)
        return findings_.mend("headers", "the page doesn't come: " + (through ? straight : through).error().detail);
    auto changed = std::string{};
    for (auto const name : kSecurityFields)
        if (auto const passed = through->field(name); passed != straight->field(name))
            changed +=
                (changed.empty() ? "" : "; ") + std::string{name} + (passed.empty() ? " is missing" : " is \"" + passed + "\"");
    if (changed.empty())
        return findings_.well("headers", "pass unchanged");
    findings_.mend("headers",
                   changed + ": let the proxy neither take nor add these (nginx: add_header, Apache: Header, Caddy: header)");
}

void WayIn::look_at_host(json::object const& seen)
{
    auto const host = text_in(seen, "host");
    if (http::equal_ignoring_case(host, url_.host))
        return findings_.well("host", "passes on as it came");
    findings_.mend("host", "the server is told " + host + " in place of " + url_.host +
                               ", and what browsers change is refused: let the proxy pass Host on (nginx: proxy_set_header Host "
                               "$http_host; Apache: ProxyPreserveHost On)");
}

void WayIn::look_at_scheme(json::object const& seen)
{
    if (!url_.is_secure)
        return findings_.note("scheme", "plain HTTP: passwords and files can be read on the way");
    if (text_in(seen, "scheme") == "https")
        return findings_.well("scheme", "https, cookies are marked secure");
    findings_.mend("scheme", "the server takes it for plain HTTP, so that cookies aren't marked secure: let the proxy send "
                             "X-Forwarded-Proto, and name its address in FLEETING_TRUSTED_PROXIES");
}

void WayIn::judge_address(std::string const& here, std::string const& seen)
{
    if (seen == kForged && is_trusted(settings_, here))
        return findings_.note("address", "can't be told from here, as " + here + " is a trusted proxy itself: compare " +
                                             url_.origin + url_.path +
                                             "/api/v1/connection on another machine with that machine's address");
    if (seen == kForged)
        return findings_.mend("address",
                              "whoever writes X-Forwarded-For is believed, and so has limits of their own making: let the "
                              "proxy add to it (nginx: $proxy_add_x_forwarded_for), and trust no more than the proxy "
                              "(FLEETING_TRUSTED_PROXIES)");
    if (seen == here)
        return findings_.well("address", "a member is the address they come from");
    if (is_trusted(settings_, seen))
        return findings_.mend("address", "every member is taken for " + seen +
                                             ", the proxy, and shares its limits: let it send X-Forwarded-For");
    if (is_loopback(seen))
        return findings_.mend("address", "every member is taken for " + seen +
                                             " and shares its limits: add that to FLEETING_TRUSTED_PROXIES");
    findings_.note("address", "the server sees " + seen + ", this machine asked from " + here +
                                  ": well where something in between translates addresses. If " + seen +
                                  " is the proxy, add it to FLEETING_TRUSTED_PROXIES");
}

/// With a header that no proxy in front of members may believe.
void WayIn::look_at_address()
{
    auto const answer =
        through_.ask_blocking({.path = "/api/v1/connection", .fields = {"X-Forwarded-For: " + std::string{kForged}}});
    auto const seen = answer ? text_in(object_of(answer->body), "address") : "";
    if (seen.empty())
        return findings_.mend("address", "the server doesn't tell: " + (answer ? told(*answer) : answer.error().detail));
    look_at_host(object_of(answer->body));
    look_at_scheme(object_of(answer->body));
    judge_address(answer->from, seen);
}

bool WayIn::examine()
{
    if (url_.path != settings_.api.base_path) {
        findings_.mend("proxy", "the address has the path \"" + url_.path + "\", FLEETING_BASE_PATH is \"" +
                                    settings_.api.base_path + "\": both must be the same");
        return false;
    }
    if (!reach() || !find_server())
        return false;
    auto const answer = through_.ask_blocking({.path = "/api/v1/connection"});
    if (!answer || text_in(object_of(answer->body), "address").empty())
        return answer && explain(*answer);
    compare_fields();
    look_at_address();
    return true;
}

}  // namespace

void examine_way_in(Settings const& settings, DoctorWish const& wish, Findings& findings)
{
    auto url = url_of(wish.url);
    if (!url)
        return findings.mend("proxy",
                             "\"" + wish.url + "\" is no address like https://files.example or https://files.example/files");
    auto const straight = straight_way(settings, *url);
    auto const through = Way{url->origin + url->path, wish.connect_to, wish.ca_file};
    auto doors = Doors{settings, findings, *std::move(url), Visitor{through}, Visitor{straight}};
    if (WayIn{doors}.examine())
        examine_transfers(doors);
}

}  // namespace fleeting::app
