#pragma once

#include "base/units.hpp"

#include <string>

namespace fleeting::api {

/// `13 B`, `2.4 MB`: for people.
std::string human_size(ByteCount size);

}  // namespace fleeting::api
