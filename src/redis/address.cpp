#include "redis/address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace fleeting::redis {
namespace {

namespace urls = boost::urls;

constexpr auto kMostDatabases = std::uint32_t{1'000'000};

Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t most)
{
    auto number = std::uint32_t{0};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > most)
        return fail(Errc::invalid_request, "not a number of that kind");
    return number;
}

Result<Address> parse_tcp(urls::url_view const& url, Address address)
{
    address.host = url.host_address();
    if (address.host.empty())
        return fail(Errc::invalid_request, "no host");
    if (url.has_port()) {
        TRY(auto const port, parse_number(std::string{url.port()}, 65'535));
        address.port = static_cast<std::uint16_t>(port);
        if (port == 0)
            return fail(Errc::invalid_request, "no such port");
    }
    auto const path = std::string{url.path()};
    if (path.size() > 1) {
        TRY(address.database, parse_number(std::string_view{path}.substr(1), kMostDatabases));
    }
    return url.has_query() || url.has_fragment() ? fail(Errc::invalid_request, "nothing may follow the database")
                                                 : Result<Address>{std::move(address)};
}

Result<Address> parse_unix(urls::url_view const& url, Address address)
{
    constexpr auto kLongestPath = std::size_t{107};  // sockaddr_un's, with its NUL
    address.socket = url.path();
    if (!url.host_address().empty() || address.socket.size() < 2 || address.socket.size() > kLongestPath)
        return fail(Errc::invalid_request, "not the path of a socket");
    auto const query = std::string{url.query()};
    if (!query.empty()) {
        if (!query.starts_with("db="))
            return fail(Errc::invalid_request, "only db= may follow the path");
        TRY(address.database, parse_number(std::string_view{query}.substr(3), kMostDatabases));
    }
    return address;
}

}  // namespace

Result<Address> parse_address(std::string_view text)
{
    auto const parsed = urls::parse_uri(urls::string_view{text.data(), text.size()});
    if (!parsed)
        return fail(Errc::invalid_request, "not an address");
    auto address = Address{};
    address.user = parsed->user();
    address.password = parsed->password();
    if (parsed->scheme() == "redis")
        return parse_tcp(*parsed, std::move(address));
    if (parsed->scheme() == "unix")
        return parse_unix(*parsed, std::move(address));
    return fail(Errc::invalid_request, "neither redis:// nor unix://");
}

}  // namespace fleeting::redis
