#include "http/cookies.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace fleeting::http {

std::vector<CookieView> cookies_of(Request const& request)
{
    auto cookies = std::vector<CookieView>{};
    for (auto const& field : request.headers.all()) {
        if (!equal_ignoring_case(field.name, "Cookie"))
            continue;
        auto rest = field.value;
        auto pair = std::string_view{};
        while (take_element(rest, pair, ';'))
            if (auto const equals = pair.find('='); equals != std::string_view::npos)
                cookies.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
    }
    return cookies;
}

std::string set_cookie(std::string_view name, std::string_view value, Seconds max_age, bool is_secure)
{
    auto text = std::string{name} + "=" + std::string{value} +
                "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(max_age.count());
    return is_secure ? text + "; Secure" : text;
}

}  // namespace fleeting::http
