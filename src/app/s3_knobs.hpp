#pragma once

#include "app/settings.hpp"

namespace fleeting::app {

/// The table's rows for the object store.
std::vector<Knob> s3_knobs();

}  // namespace fleeting::app
