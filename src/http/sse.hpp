#pragma once

#include "http/body.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// One server-sent event in its wire form (WHATWG HTML §9.2). `json` must hold no line breaks.
std::string to_sse(std::string_view event, std::string_view json, std::optional<std::uint64_t> id);
/// `: \n\n`
std::string_view sse_heartbeat();

}  // namespace fleeting::http
