#pragma once

#include "base/units.hpp"
#include "http/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleeting::http {

struct CookieView {
    std::string_view name;
    std::string_view value;
};

/// Every pair of the request's Cookie fields (RFC 6265 §5.4), in order.
std::vector<CookieView> cookies_of(Request const& request);

/// A `Set-Cookie` value for the whole site: HttpOnly, SameSite=Strict, Secure where `is_secure`. `max_age` 0 removes it.
std::string set_cookie(std::string_view name, std::string_view value, Seconds max_age, bool is_secure);

}  // namespace fleeting::http
