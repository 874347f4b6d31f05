#pragma once

#include <string>

namespace fleeting {

/// A name for one failure, in the log and in what its client is told: 16 hex digits. No secret, and not to be used as one.
std::string fresh_trace_id();

}  // namespace fleeting
