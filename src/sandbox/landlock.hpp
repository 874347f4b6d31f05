#pragma once

#include "sandbox/sandbox.hpp"

namespace fleeting::sandbox {

/// The newest version of Landlock that this kernel has, 0 where it has none.
int landlock_version();
/// Leaves this thread, and those it starts, the files and ports of `profile`. errors: unavailable
Result<> restrict_files(Profile const& profile, int version);

}  // namespace fleeting::sandbox
