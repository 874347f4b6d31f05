#include "async/at_once.hpp"

#include "async/signal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <mutex>

namespace fleeting {
namespace {

/// What the workers share; it outlives whichever frame goes first.
struct Round {
    std::size_t count;
    std::function<Task<>(std::size_t)> work;
    Signal ended = {};
    std::mutex mutex = {};
    std::size_t next = 0;
    std::size_t running = 0;
    Result<> outcome = {};

    bool take(std::size_t& number)
    {
        auto const lock = std::scoped_lock{mutex};
        number = next++;
        return number < count && outcome;
    }
    void note(Result<> result)
    {
        auto const lock = std::scoped_lock{mutex};
        if (outcome && !result)
            outcome = std::move(result);
    }
    void leave()
    {
        {
            auto const lock = std::scoped_lock{mutex};
            --running;
        }
        ended.give();
    }
    bool is_running()
    {
        auto const lock = std::scoped_lock{mutex};
        return running > 0;
    }
};

net::awaitable<void> take_turns(std::shared_ptr<Round> round)
{
    for (auto number = std::size_t{0}; round->take(number);)
        round->note(co_await round->work(number));
    round->leave();
}

}  // namespace

Task<> run_at_once(std::size_t count, std::size_t width, std::function<Task<>(std::size_t)> work)
{
    auto const round = std::make_shared<Round>(count, std::move(work));
    round->running = std::min(count, width);
    auto const executor = co_await net::this_coro::executor;
    for (auto workers = round->running; workers > 0; --workers)
        net::co_spawn(executor, take_turns(round), net::detached);
    for (auto seen = round->ended.count(); round->is_running(); seen = round->ended.count())
        co_await round->ended.wait(seen, Milliseconds{1'000});
    co_return round->outcome;
}

}  // namespace fleeting
