#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fleeting::redis {

/// Where a Redis server is, and how to be let in.
struct Address {
    std::string host;  ///< a name or an address; empty where `socket` is
    std::uint16_t port = 6379;
    std::string socket;  ///< path of a unix socket
    std::string user;
    std::string password;
    std::uint32_t database = 0;
};

/// `redis://[[user]:password@]host[:port][/database]` or `unix://[[user]:password@]/path/of/socket[?db=database]`; user and
/// password percent-encoded. errors: invalid_request, telling nothing of the password
Result<Address> parse_address(std::string_view url);

}  // namespace fleeting::redis
