#pragma once

#include "app/settings.hpp"

namespace fleeting::app {

/// Raises the limit of open files as far as it goes.
/// returns   the limit
std::uint64_t raise_descriptor_limit();

/// Lowers connections and files kept open to what `limit` descriptors allow, so that neither takes what the others need: a
/// connection that can be accepted, but not served, is of no use. Logs a warning where it does.
/// errors    unavailable, with what to do: too few for anything
Result<> fit_into_descriptors(Settings& settings, std::uint64_t limit);

}  // namespace fleeting::app
