#pragma once

#include "async/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

namespace fleeting {

/// Runs a task to its end on this thread: for what happens before there are threads to run it on.
template <class T>
Result<T> run_blocking(Task<T> task)
{
    auto context = net::io_context{1};
    auto result = std::optional<Result<T>>{};
    net::co_spawn(context, std::move(task), [&](std::exception_ptr failed, Result<T> outcome) {
        if (failed)
            std::rethrow_exception(failed);
        result.emplace(std::move(outcome));
    });
    context.run();
    return *std::move(result);
}

}  // namespace fleeting
