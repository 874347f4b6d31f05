#pragma once

#include "sqlite/database.hpp"

namespace fleeting::sqlite {

/// Brings the schema to this binary's version, each step in a transaction. errors: unavailable, also for a newer schema
Result<> migrate(Database& database);

}  // namespace fleeting::sqlite
