#include "async/blocking_pool.hpp"

namespace fleeting {

BlockingPool::BlockingPool(std::string name, std::size_t threads, std::size_t max_waiting, Patience patience)
    : name_(std::move(name)), max_waiting_(max_waiting), patience_(patience), threads_(threads)
{
}

BlockingPool::~BlockingPool()
{
    stop();
}

void BlockingPool::stop()
{
    threads_.join();
}

bool BlockingPool::enter()
{
    if (waiting_.fetch_add(1, std::memory_order_relaxed) < max_waiting_)
        return true;
    leave();
    return false;
}

std::unexpected<Error> BlockingPool::busy() const
{
    return fail(Error{Errc::busy, name_ + " pool is full", {}, 1});
}

}  // namespace fleeting
