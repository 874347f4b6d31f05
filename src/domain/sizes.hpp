#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <string>
#include <string_view>

namespace fleeting {

/// A size or offset as headers carry it: decimal digits only, at most 2^53 − 1.
/// errors    invalid_request, naming `field`
Result<ByteCount> parse_size(std::string_view text, std::string field);

}  // namespace fleeting
