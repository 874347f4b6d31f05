#include "http/proxies.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <bit>

namespace fleeting::http {
namespace {

Result<> parse_query(Request& request, std::string_view query)
{
    auto pair = std::string_view{};
    if (!query.empty())
        request.query.reserve(4);
    while (take_element(query, pair, '&')) {
        auto const equals = std::min(pair.find('='), pair.size());
        auto name = percent_decoded(pair.substr(0, equals));
        auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value)
            return fail_field(Errc::invalid_request, "query", "escape");
        request.query.emplace_back(*std::move(name), *std::move(value));
    }
    return {};
}

std::optional<net::ip::address> address_of(std::string_view text)
{
    auto error = boost::system::error_code{};
    auto const address = net::ip::make_address(std::string{text}, error);
    return error ? std::nullopt : std::optional{unmapped(address)};
}

/// Every address of X-Forwarded-For, the nearest first: of several fields the last was added last (RFC 9110, 5.3).
std::vector<std::string_view> forwarded_for(Request const& request)
{
    auto addresses = std::vector<std::string_view>{};
    for (auto const& field : request.headers.all()) {
        auto rest = field.value;
        auto address = std::string_view{};
        while (equal_ignoring_case(field.name, "X-Forwarded-For") && take_element(rest, address))
            addresses.push_back(address);
    }
    std::ranges::reverse(addresses);
    return addresses;
}

}  // namespace

Result<> parse_path(Request& request, std::string_view path, std::string_view query, std::string_view base_path)
{
    if (!path.starts_with(base_path) || !path.substr(base_path.size()).starts_with('/'))
        return path == "*" ? Result<>{} : fail(Errc::not_found, "outside the base path");
    path.remove_prefix(base_path.size() + 1);
    request.segments.reserve(6);
    while (true) {
        auto const end = std::min(path.find('/'), path.size());
        auto segment = percent_decoded(path.substr(0, end));
        if (!segment)
            return fail_field(Errc::invalid_request, "path", "escape");
        request.segments.push_back(*std::move(segment));
        if (end == path.size())
            break;
        path.remove_prefix(end + 1);
    }
    return parse_query(request, query);
}

net::ip::address unmapped(net::ip::address const& address)
{
    auto const is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return is_mapped ? net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()) : address;
}

bool is_trusted(net::ip::address const& address, std::vector<AddressRange> const& ranges)
{
    auto const six = address.is_v4() ? net::ip::make_address_v6(net::ip::v4_mapped, address.to_v4()) : address.to_v6();
    auto const bytes = std::bit_cast<AddressBytes>(six.to_bytes());
    return std::ranges::any_of(ranges, [&](AddressRange const& range) { return range.has(bytes); });
}

void apply_proxy(Request& request, net::ip::address const& peer, ServerSettings const& settings)
{
    request.peer = peer;
    request.is_secure = !settings.tls_certificate_file.empty();
    if (settings.trusted_proxies.empty() || !is_trusted(peer, settings.trusted_proxies))
        return;
    if (auto const scheme = request.headers.find("X-Forwarded-Proto"))
        request.is_secure = equal_ignoring_case(*scheme, "https");
    for (auto const text : forwarded_for(request)) {
        auto const address = address_of(text);
        if (!address)
            return;
        request.peer = *address;
        if (!is_trusted(*address, settings.trusted_proxies))
            return;
    }
}

}  // namespace fleeting::http
