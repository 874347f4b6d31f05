#include "clamav/address.hpp"

#include <charconv>
#include <cstdint>

namespace fleeting::clamav {
namespace {

constexpr auto kMostPath = std::size_t{107};  // sockaddr_un
constexpr auto kMostHost = std::size_t{253};  // a name in the DNS

bool is_port(std::string_view text)
{
    auto port = std::uint16_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port > 0;
}

}  // namespace

Result<Address> parse_address(std::string_view text)
{
    if (text.starts_with('/')) {
        if (text.size() > kMostPath || text.ends_with('/'))
            return fail(Errc::invalid_request, "no path of a Unix socket");
        return Address{std::string{text}, {}, {}};
    }
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos || !is_port(text.substr(colon + 1)))
        return fail(Errc::invalid_request, "neither a path nor host:port");
    auto host = text.substr(0, colon);
    auto const is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed)
        host = host.substr(1, host.size() - 2);
    if (host.empty() || host.size() > kMostHost || host.contains(':') != is_bracketed ||
        host.find_first_of(" /[]@") != std::string_view::npos)
        return fail(Errc::invalid_request, "no host");
    return Address{{}, std::string{host}, std::string{text.substr(colon + 1)}};
}

}  // namespace fleeting::clamav
