#include "async/signal.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <vector>

namespace fleeting {

struct Signal::State {
    using Waiter = std::shared_ptr<net::steady_timer>;  // touched on its own executor only
    std::mutex mutex;
    std::atomic<std::uint64_t> count{0};
    std::vector<Waiter> waiters;

    /// False where it has been given since `seen`.
    bool enter(Waiter waiter, std::uint64_t seen)
    {
        auto const lock = std::scoped_lock{mutex};
        if (count != seen)
            return false;
        waiters.push_back(std::move(waiter));
        return true;
    }
    void leave(Waiter const& waiter)
    {
        auto const lock = std::scoped_lock{mutex};
        std::erase(waiters, waiter);
    }
};

Signal::Signal() : state_(std::make_shared<State>()) {}
Signal::~Signal() = default;

std::uint64_t Signal::count() const
{
    return state_->count;
}

net::awaitable<void> Signal::wait(std::uint64_t seen, Milliseconds patience)
{
    auto const state = state_;
    auto const timer = std::make_shared<net::steady_timer>(co_await net::this_coro::executor, patience);
    if (!state->enter(timer, seen))
        co_return;
    co_await timer->async_wait(net::as_tuple(net::use_awaitable));
    state->leave(timer);
}

void Signal::give()
{
    auto woken = std::vector<State::Waiter>{};
    {
        auto const lock = std::scoped_lock{state_->mutex};
        ++state_->count;
        woken.swap(state_->waiters);
    }
    for (auto const& timer : woken)
        net::post(timer->get_executor(), [timer] { timer->cancel(); });
}

}  // namespace fleeting
