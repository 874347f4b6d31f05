#pragma once

#include "base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

namespace fleeting {

namespace net = boost::asio;

/// A coroutine that ends in a value or an `Error`. Runs on the thread of its connection (or loop) except inside
/// `BlockingPool::run`. A parameter is a value, or a reference to something the awaiting caller keeps alive.
template <class T = void>
using Task = net::awaitable<Result<T>>;

}  // namespace fleeting
