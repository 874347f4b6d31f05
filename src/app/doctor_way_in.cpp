// The running server as members reach it: through the operator's own proxy. What is asked there is asked of the server itself as
// well, past the proxy, so that a difference is the proxy's.

#include "app/doctor_doors.hpp"

namespace fleeting::app {
namespace {

namespace json = boost::json;

constexpr auto kOtherSelf = std::string_view{"127.84.0.1"};
constexpr auto kHealth = std::string_view{"/healthz"};
constexpr auto kConnection = std::string_view{"/api/v1/connection"};

/// The address that it leads to when asked for `path`; empty where that is no redirection, or none to another address.
std::string redirection_of(Answer const& answer, std::string_view path)
{
    auto location = answer.field("Location");
    if (location.ends_with(path))
        location.resize(location.size() - path.size());
    return answer.status >= 300 && answer.status < 400 && url_of(location) ? location : "";
}

class WayIn {
public:
    explicit WayIn(Doors& doors)
        : settings_(doors.settings), findings_(doors.findings), url_(doors.url), through_(doors.through),
          straight_(doors.straight)
    {
    }
    bool has_own_path();
    bool reach();
    bool find_server();
    bool passes();

private:
    Result<Answer> knock();
    void explain_silence(Error const& error);
    void explain(Answer const& answer);

    Settings const& settings_;
    Findings& findings_;
    Url const& url_;
    Visitor& through_;
    Visitor const& straight_;
};

bool WayIn::has_own_path()
{
    if (url_.path == settings_.api.base_path)
        return true;
    findings_.mend("proxy", "the address has the path \"" + url_.path + "\", FLEETING_BASE_PATH is \"" + settings_.api.base_path +
                                "\": both must be the same");
    return false;
}

/// Asks the first time; with a certificate that isn't trusted all the same.
Result<Answer> WayIn::knock()
{
    auto answer = through_.ask_blocking({.path = std::string{kHealth}});
    if (answer && url_.is_secure)
        findings_.well("certificate", "trusted");
    if (answer || answer.error().code != Errc::invalid_request)
        return answer;
    findings_.mend("certificate", "browsers that don't know its authority warn (" + answer.error().detail +
                                      "). Where the authority is your own, name it here by --ca-file");
    auto way = through_.way();
    way.is_checking = false;
    through_ = Visitor{std::move(way)};
    return through_.ask_blocking({.path = std::string{kHealth}});
}

void WayIn::explain_silence(Error const& error)
{
    auto const why = " (" + error.detail + "): ";
    if (error.code != Errc::not_found)
        findings_.mend("proxy",
                       "nobody answers at " + url_.origin + why +
                           "is it running, does the name lead to it, is the port open? From another address: --connect-to");
    else if (error.detail.contains("wrong version number"))
        findings_.mend("proxy", "who answers at " + url_.origin + " speaks no TLS" + why +
                                    "let the proxy listen for HTTPS there, or name its http:// address");
    else
        findings_.mend("proxy", "somebody answers at " + url_.origin + ", but TLS with that name fails" + why +
                                    "the proxy has no site, or no certificate yet, for " + url_.host);
}

bool WayIn::reach()
{
    auto const answer = knock();
    if (!answer) {
        explain_silence(answer.error());
        return false;
    }
    if (auto const elsewhere = redirection_of(*answer, kHealth); !elsewhere.empty()) {
        findings_.mend("proxy", "it redirects to " + elsewhere + ": give that address");
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
    auto const answer = straight_.ask_blocking({.path = std::string{kConnection}});
    auto const said = answer ? object_of(answer->body) : json::object{};
    auto const knows_name = text_in(said, "field") != "Host";
    auto const is_ours = answer && (said.contains("address") || !code_of(*answer).empty());
    if (!answer)
        findings_.mend("server", "nobody answers at " + settings_.server.listen +
                                     " on this machine: start it (systemctl status fleeting), or name its settings by --config");
    else if (!is_ours)
        findings_.mend("server", "who listens at " + settings_.server.listen + " answers " + told(*answer) +
                                     ": that isn't this server. Name its settings by --config");
    else if (!knows_name)
        findings_.mend("host", "the server refuses the name: have " + url_.host + " in FLEETING_ALLOWED_HOSTS, and restart it");
    return is_ours && knows_name;
}

/// A refusal before anything could be asked.
void WayIn::explain(Answer const& answer)
{
    auto const code = code_of(answer);
    if (code == "address_blocked")
        tell_blocked(findings_, answer);
    else if (!code.empty() && text_in(object_of(answer.body), "field") == "Host")
        findings_.mend("host", "the server is told another name than " + url_.host +
                                   ", and refuses it: let the proxy pass Host on as it came (nginx: proxy_set_header Host "
                                   "$http_host; Apache: ProxyPreserveHost On; Caddy: no header_up Host)");
    else if (code == "not_found")
        findings_.mend("server", "the one that runs doesn't know /api/v1/connection: it is an older version (systemctl restart "
                                 "fleeting), or the proxy changes the path");
    else if (code.empty() && (answer.status == 502 || answer.status == 503 || answer.status == 504))
        findings_.mend("proxy", "it answers " + told(answer) + ": it must lead to " + settings_.server.listen);
    else
        findings_.mend("proxy", "it answers " + told(answer) +
                                    ": that isn't this server. Does the proxy have a site of that name, and " +
                                    (settings_.api.base_path.empty() ? "no path" : "the path " + settings_.api.base_path) +
                                    " as FLEETING_BASE_PATH says?");
}

bool WayIn::passes()
{
    auto const answer = through_.ask_blocking({.path = std::string{kConnection}});
    if (!answer)
        explain_silence(answer.error());
    else if (text_in(object_of(answer->body), "address").empty())
        explain(*answer);
    else
        return true;
    return false;
}

}  // namespace

bool examine_reach(Doors& doors)
{
    auto way_in = WayIn{doors};
    return way_in.has_own_path() && way_in.reach() && way_in.find_server() && way_in.passes();
}

void examine_way_in(Settings const& settings, DoctorWish const& wish, Findings& findings)
{
    auto url = url_of(wish.url);
    if (!url)
        return findings.mend("proxy",
                             "\"" + wish.url + "\" is no address like https://files.example or https://files.example/files");
    auto const straight = straight_way(settings, *url);
    auto const through = Way{url->origin + url->path, wish.connect_to, wish.ca_file};
    auto doors = Doors{settings, findings, *std::move(url), Visitor{through}, Visitor{straight}};
    if (!examine_reach(doors))
        return;
    examine_member(doors);
    examine_transfers(doors);
}

}  // namespace fleeting::app
