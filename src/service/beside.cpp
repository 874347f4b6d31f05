#include "service/beside.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>

namespace fleeting {

Slabs::Slab Slabs::borrow()
{
    auto const lock = std::scoped_lock{mutex_};
    if (left_ == 0)
        return nullptr;
    --left_;
    if (free_.empty())
        return std::make_unique_for_overwrite<std::byte[]>(kSize);
    auto slab = std::move(free_.back());
    free_.pop_back();
    return slab;
}

void Slabs::give_back(Slab slab)
{
    auto const lock = std::scoped_lock{mutex_};
    ++left_;
    free_.push_back(std::move(slab));
}

Beside::Beside(net::any_io_executor home, BlockingPool& pool, Slabs& slabs, OpenUpload& upload)
    : pool_(pool), slabs_(slabs), upload_(upload), home_(std::move(home)), done_(home_)
{
}

void Beside::start(Slabs::Slab slab, std::size_t count)
{
    assert(!is_running_);
    slab_ = std::move(slab);
    count_ = count;
    is_running_ = true;
    done_.expires_at(net::steady_timer::time_point::max());
    net::co_spawn(home_, work(), net::detached);
}

net::awaitable<void> Beside::work()
{
    outcome_ = co_await pool_.run([&] { return upload_.store_blocking({slab_.get(), count_}); });
    // A full pool is no reason to fail: this thread can do it too.
    if (!outcome_ && outcome_.error().code == Errc::busy)
        outcome_ = upload_.store_blocking({slab_.get(), count_});
    slabs_.give_back(std::move(slab_));
    is_running_ = false;
    done_.cancel();
}

Task<> Beside::join()
{
    if (is_running_)
        co_await done_.async_wait(net::as_tuple(net::use_awaitable));
    auto const stored = std::exchange(count_, 0);
    auto outcome = std::exchange(outcome_, Result<>{});
    if (outcome)
        upload_.file.offset = upload_.file.offset + ByteCount{stored};
    co_return outcome;
}

}  // namespace fleeting
