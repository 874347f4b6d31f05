#pragma once

#include "async/blocking_pool.hpp"

namespace fleeting::app {

/// Has jemalloc give freed pages back each second, by a thread of `pool`. By itself it looks at their age only when something is
/// asked of it (jemalloc(3), `arena.<i>.decay`), so that a process that has gone idle would keep what its last busy moment left.
/// Never ends; without jemalloc (the sanitizers' builds) it ends at once.
net::awaitable<void> give_memory_back(BlockingPool& pool);

}  // namespace fleeting::app
