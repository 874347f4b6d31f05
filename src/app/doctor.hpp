#pragma once

#include "app/settings.hpp"

#include <iosfwd>

namespace fleeting::app {

/// Looks whether what the settings name can be used, as a start does, and writes a line about each: what to do where it can't.
/// Returns whether a server would start.
bool examine(Settings const& settings, std::ostream& out);

}  // namespace fleeting::app
