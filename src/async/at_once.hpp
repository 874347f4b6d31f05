#pragma once

#include "async/task.hpp"

#include <functional>

namespace fleeting {

/// Runs `work(i)` for every i below `count`, at most `width` at a time, on the caller's executor. After an error no more begin.
/// Comes back when none runs any more. errors: the first one
Task<> run_at_once(std::size_t count, std::size_t width, std::function<Task<>(std::size_t)> work);

}  // namespace fleeting
