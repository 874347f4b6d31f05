#pragma once

#include "postgres/pool.hpp"

namespace fleeting::postgres {

/// Brings the schema to this binary's version, whole or not at all; nodes that start together take turns.
/// errors    unavailable, also for a newer schema or a database that isn't UTF-8
Task<> migrate(Pool& pool);

}  // namespace fleeting::postgres
