#include "app/knob_checks.hpp"

#include "app/knob_values.hpp"
#include "clamav/address.hpp"
#include "redis/address.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace fleeting::app {
namespace {

namespace ip = boost::asio::ip;

constexpr auto kUnreserved = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"};

bool is_address(std::string_view text)
{
    auto error = boost::system::error_code{};
    ip::make_address(text, error);
    return !error;
}

bool is_port(std::string_view text)
{
    auto const port = parse_count(text);
    return port && *port <= 65'535;
}

bool is_bracketed(std::string_view text)
{
    return text.size() > 2 && text.starts_with('[') && text.ends_with(']') && is_address(text.substr(1, text.size() - 2)) &&
           text.contains(':');
}

}  // namespace

bool is_anything(std::string_view)
{
    return true;
}

bool is_not_empty(std::string_view text)
{
    return !text.empty();
}

bool is_endpoint(std::string_view text)
{
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_port(text.substr(colon + 1)))
        return false;
    auto const host = text.substr(0, colon);
    return is_bracketed(host) || (is_address(host) && !host.contains(':'));
}

bool is_endpoint_or_off(std::string_view text)
{
    return text == "off" || is_endpoint(text);
}

bool is_admin_listen(std::string_view text)
{
    constexpr auto kUnix = std::string_view{"unix:/"};
    constexpr auto kMostPath = std::size_t{107};  // sockaddr_un
    if (text.starts_with(kUnix))
        return text.size() > kUnix.size() && !text.ends_with('/') && text.size() - (kUnix.size() - 1) <= kMostPath;
    if (text == "off" || !is_endpoint(text))
        return text == "off";
    auto host = text.substr(0, text.rfind(':'));
    if (host.starts_with('['))
        host = host.substr(1, host.size() - 2);
    return ip::make_address(host).is_loopback();
}

bool is_token_or_empty(std::string_view text)
{
    return text.empty() ||
           (text.size() >= 24 && text.size() <= 256 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; }));
}

bool is_base_path(std::string_view text)
{
    if (text.empty())
        return true;
    return text.starts_with('/') && !text.ends_with('/') && !text.contains("//") && !text.contains("/.") &&
           std::ranges::all_of(text, [](char c) { return c == '/' || kUnreserved.contains(c); });
}

bool is_origin(std::string_view text)
{
    for (auto const scheme : {std::string_view{"https://"}, std::string_view{"http://"}})
        if (text.starts_with(scheme))
            return is_host(text.substr(scheme.size()));
    return false;
}

bool is_contact(std::string_view text)
{
    auto const is_printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
    for (auto const scheme : {std::string_view{"mailto:"}, std::string_view{"https://"}, std::string_view{"tel:"}})
        if (text.starts_with(scheme))
            return text.size() > scheme.size() && is_printable;
    return false;
}

bool is_origin_or_empty(std::string_view text)
{
    return text.empty() || is_origin(text);
}

bool is_bucket_or_empty(std::string_view text)
{
    constexpr auto kInside = std::string_view{"abcdefghijklmnopqrstuvwxyz0123456789.-"};
    if (text.empty())
        return true;
    auto const is_edge = [](char c) { return c != '.' && c != '-'; };
    return text.size() >= 3 && text.size() <= 63 && is_edge(text.front()) && is_edge(text.back()) && !text.contains("..") &&
           text.find_first_not_of(kInside) == std::string_view::npos;
}

bool is_region(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c == '-' || (c != '.' && c != '_' && c != '~' && kUnreserved.contains(c));
    });
}

bool is_object_prefix(std::string_view text)
{
    if (text.empty())
        return true;
    return text.size() <= 512 && text.ends_with('/') && !text.starts_with('/') && !text.contains("//") && !text.contains("./") &&
           std::ranges::all_of(text, [](char c) { return c == '/' || (c != '~' && kUnreserved.contains(c)); });
}

bool is_database_url(std::string_view text)
{
    return text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://");
}

bool is_scan_socket(std::string_view text)
{
    return text.empty() || clamav::parse_address(text);
}

bool is_redis_url(std::string_view text)
{
    return text.empty() || redis::parse_address(text);
}

bool is_host(std::string_view text)
{
    if (is_endpoint(text) || is_bracketed(text))
        return true;
    auto const colon = text.find(':');
    auto const name = text.substr(0, colon);
    auto const is_named = !name.empty() && std::ranges::all_of(name, [](char c) { return c != '~' && kUnreserved.contains(c); });
    return is_named && (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

}  // namespace fleeting::app
