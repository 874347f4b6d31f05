#include "async/run_blocking.hpp"

#include <mutex>
#include <vector>

namespace fleeting {
namespace {

struct Contexts {
    std::mutex mutex;
    std::vector<std::unique_ptr<net::io_context>> free;
};

Contexts& contexts()
{
    static auto& all = *new Contexts;
    return all;
}

}  // namespace

std::unique_ptr<net::io_context> borrow_context()
{
    auto const lock = std::scoped_lock{contexts().mutex};
    auto& free = contexts().free;
    if (free.empty())
        return std::make_unique<net::io_context>(1);
    auto context = std::move(free.back());
    free.pop_back();
    context->restart();
    return context;
}

void give_back_context(std::unique_ptr<net::io_context> context)
{
    auto const lock = std::scoped_lock{contexts().mutex};
    contexts().free.push_back(std::move(context));
}

}  // namespace fleeting
