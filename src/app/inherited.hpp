#pragma once

#include "base/result.hpp"

#include <optional>

namespace fleeting {

/// The listening socket that the parent hands over with LISTEN_PID and LISTEN_FDS, as systemd does for a socket unit
/// (sd_listen_fds(3)); nothing where it hands over none. Takes the variables out of the environment: call before any thread
/// starts. errors: invalid_request (not one, or nothing that listens for streams)
Result<std::optional<int>> take_inherited_listener();

}  // namespace fleeting
