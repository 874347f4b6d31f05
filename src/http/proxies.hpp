#pragma once

#include "http/request.hpp"
#include "http/server.hpp"

namespace fleeting::http {

/// Splits and decodes the path behind `base_path`, and the query. errors: invalid_request
Result<> parse_path(Request& request, std::string_view path, std::string_view query, std::string_view base_path);

/// An IPv4 address that a socket of both families tells as IPv6 (`::ffff:192.0.2.1`), as what it is. All of IPv4 would be one
/// network else, and no proxy of it trusted.
net::ip::address unmapped(net::ip::address const& address);

/// Whether `address`, which may be mapped, lies in one of those.
bool is_trusted(net::ip::address const& address, std::vector<AddressRange> const& ranges);

/// Sets `peer` and `is_secure`: by the connection, or by X-Forwarded-For and -Proto where the connection comes from a trusted
/// proxy. The rightmost address that no trusted proxy added counts, in the last of several fields: what stands before it anybody
/// may have written.
void apply_proxy(Request& request, net::ip::address const& peer, ServerSettings const& settings);

}  // namespace fleeting::http
