#pragma once

#include "app/settings.hpp"

namespace fleeting::app {

/// The operator's token, out of its file where that is set; empty where neither is.
/// errors    invalid_request naming the setting: the file can't be read, or its first line is no token
Result<std::string> admin_token_of(Settings const& settings);

}  // namespace fleeting::app
