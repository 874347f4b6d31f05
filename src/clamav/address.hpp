#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace fleeting::clamav {

/// Where clamd listens.
struct Address {
    std::string socket;  ///< path of a Unix socket; or empty
    std::string host;    ///< a name or an address
    std::string port;
};

/// `/path/of/socket`, or `host:port` (an IPv6 address in brackets). errors: invalid_request
Result<Address> parse_address(std::string_view text);

}  // namespace fleeting::clamav
