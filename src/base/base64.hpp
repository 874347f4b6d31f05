#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleeting {

/// RFC 4648 §5, no padding.
std::string to_base64url(Bytes bytes);
/// RFC 4648 §4, padded.
std::string to_base64(Bytes bytes);
/// Strict RFC 4648 §5 without padding: one encoding a value (unused bits are zero). Errors: invalid_request.
Result<std::vector<std::byte>> parse_base64url(std::string_view text);
/// Strict RFC 4648 §4 with padding, unused bits zero. Errors: invalid_request.
Result<std::vector<std::byte>> parse_base64(std::string_view text);

}  // namespace fleeting
