#pragma once

#include "async/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>

namespace fleeting {

/// An io_context for one `run_blocking` at a time. They are never destroyed: a pool's thread may still be inside the call that
/// posted the task's last step when that step has run.
std::unique_ptr<net::io_context> borrow_context();
void give_back_context(std::unique_ptr<net::io_context> context);

/// Runs a task to its end on this thread: for what happens before there are threads to run it on.
template <class T>
Result<T> run_blocking(Task<T> task)
{
    auto context = borrow_context();
    auto result = std::optional<Result<T>>{};
    auto thrown = std::exception_ptr{};
    net::co_spawn(*context, std::move(task), [&](std::exception_ptr failed, Result<T> outcome) {
        thrown = std::move(failed);
        result.emplace(std::move(outcome));
    });
    context->run();
    give_back_context(std::move(context));
    if (thrown)
        std::rethrow_exception(thrown);
    return *std::move(result);
}

}  // namespace fleeting
