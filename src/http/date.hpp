#pragma once

#include "base/units.hpp"

#include <string>
#include <string_view>

namespace fleeting::http {

/// RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string to_http_date(Instant at);

/// The Date field's value; made anew once a second a thread, valid until then.
std::string_view date_now();

}  // namespace fleeting::http
