#pragma once

#include "app/settings.hpp"

namespace fleeting::app {

/// A request of a running node's operator's interface.
struct AdminCall {
    std::string method;
    std::string path;  ///< behind `/admin`
    std::string body{};
};

/// Asks the node whose settings these are, on this machine, and returns the answer's body. Blocks.
/// errors    unavailable (nobody answers), invalid_request (`admin-listen` is off or has port 0; the token; what the node can't
///           take), not_found; else refused with the node's own sentence
Result<std::string> call_admin_blocking(Settings const& settings, AdminCall const& call);

}  // namespace fleeting::app
