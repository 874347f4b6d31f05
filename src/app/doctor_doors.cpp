#include "app/doctor_doors.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace fleeting::app {

namespace json = boost::json;

std::optional<Url> url_of(std::string_view text)
{
    auto const scheme = text.find("://");
    if (scheme == std::string_view::npos || text.find_first_of("?#@ ") != std::string_view::npos)
        return std::nullopt;
    auto const secure = text.starts_with("https:");
    if (!secure && !text.starts_with("http:"))
        return std::nullopt;
    while (text.ends_with('/'))
        text.remove_suffix(1);
    auto const path = std::min(text.find('/', scheme + 3), text.size());
    auto host = text.substr(std::min(scheme + 3, path), path - std::min(scheme + 3, path));
    auto const usual = std::string_view{secure ? ":443" : ":80"};
    if (host.ends_with(usual))
        host.remove_suffix(usual.size());
    if (host.empty())
        return std::nullopt;
    return Url{std::string{text.substr(0, path)}, std::string{host}, std::string{text.substr(path)}, secure};
}

Way straight_way(Settings const& settings, Url const& url)
{
    auto const& listen = settings.server.listen;
    auto const port = listen.substr(listen.rfind(':'));
    auto const address = listen.starts_with("0.0.0.0:") ? "127.0.0.1" + port
                         : listen.starts_with("[::]:")  ? "[::1]" + port
                                                        : listen;
    auto const has_tls = !settings.server.tls_certificate_file.empty();
    auto way = Way{(has_tls ? "https://" : "http://") + address + settings.api.base_path};
    way.is_checking = false;  // it is for the name, not for this address
    way.fields = {"Host: " + url.host, std::string{"X-Forwarded-Proto: "} + (url.is_secure ? "https" : "http")};
    return way;
}

json::object object_of(std::string const& body)
{
    auto error = boost::system::error_code{};
    auto const value = json::parse(body, error);
    return !error && value.is_object() ? value.as_object() : json::object{};
}

std::string text_in(json::object const& object, std::string_view name)
{
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : "";
}

std::string code_of(Answer const& answer)
{
    auto const is_problem = answer.field("Content-Type").starts_with("application/problem+json");
    return is_problem ? text_in(object_of(answer.body), "code") : "";
}

std::string told(Answer const& answer)
{
    auto const server = answer.field("Server");
    auto const code = code_of(answer);
    auto const status = std::to_string(answer.status);
    return !code.empty() ? status + " " + code : !server.empty() ? status + " by " + server : status;
}

void tell_blocked(Findings& findings, Answer const& answer)
{
    auto const range = text_in(object_of(answer.body), "range");
    findings.mend("blocked", "the server takes this machine for one of " + range +
                                 ", which its operator has blocked, so that nothing more can be seen from here: fleeting admin "
                                 "unblock " +
                                 range + ", or look from another machine");
}

}  // namespace fleeting::app
