#pragma once

#include "base/error.hpp"
#include "http/response.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::api {

/// What a client is told of an error: status, stable code, a sentence that says what to do, the field. Its detail stays here:
/// that of a lost machine is logged.
http::Response to_response(Error const& error);

/// The problem that `to_response` would tell, for a protocol that dresses it its own way.
http::Problem to_problem(Error const& error);

/// How often each code was told since the start, in no order.
std::vector<std::pair<std::string_view, std::uint64_t>> refusals();

}  // namespace fleeting::api
