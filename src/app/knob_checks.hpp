#pragma once

#include <string_view>

namespace fleeting::app {

/// What texts a knob accepts.

bool is_anything(std::string_view text);
bool is_not_empty(std::string_view text);
/// `127.0.0.1:8000`, `[::1]:0`.
bool is_endpoint(std::string_view text);
/// The same, or `off`.
bool is_endpoint_or_off(std::string_view text);
/// `off`, a loopback address with a port, or `unix:` and an absolute path that a socket may have.
bool is_admin_listen(std::string_view text);
/// Empty, or 24 to 256 of printable ASCII without spaces.
bool is_token_or_empty(std::string_view text);
/// Empty, or `/a/b` of unreserved characters (RFC 3986 §2.3).
bool is_base_path(std::string_view text);
/// `http` or `https`, host, maybe a port, nothing behind (RFC 6454 §6.2).
bool is_origin(std::string_view text);
bool is_origin_or_empty(std::string_view text);
/// Empty, or 3 to 63 of a-z 0-9 . - that begin and end with a letter or digit.
bool is_bucket_or_empty(std::string_view text);
/// Letters, digits and hyphens.
bool is_region(std::string_view text);
/// Empty, or `a/b/` of letters, digits and - _ . that needs no encoding.
bool is_object_prefix(std::string_view text);
/// Empty, or begins as a PostgreSQL URI; libpq reads the rest.
bool is_database_url(std::string_view text);
bool is_scan_socket(std::string_view text);
bool is_redis_url(std::string_view text);
/// `mailto:`, `https:` or `tel:`, then printable ASCII without spaces.
bool is_contact(std::string_view text);
/// A host, maybe with a port.
bool is_host(std::string_view text);

}  // namespace fleeting::app
