#pragma once

#include "base/result.hpp"

namespace fleeting::sandbox {

/// Whether this kernel filters system calls.
bool can_restrict_calls();
/// Leaves this process the system calls that a server and its libraries make. Others don't exist for it (ENOSYS, so that
/// libraries do what they do on an older kernel); those that only an intruder would make end it (SIGSYS). errors: unavailable
Result<> restrict_calls();

}  // namespace fleeting::sandbox
