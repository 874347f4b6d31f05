// io_contexts that end while coroutines on them wait, as a server's do when its patience ran out: nothing may refer to them
// afterwards. What these tests show, AddressSanitizer and ThreadSanitizer tell.

#include "async/keyed_lock.hpp"
#include "async/run_blocking.hpp"
#include "async/signal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace fleeting {
namespace {

constexpr auto kLong = Milliseconds{60'000};

/// A thread of a server: what is spawned on it runs until it has nothing to do but wait.
class Loop {
public:
    void spawn(net::awaitable<void> task)
    {
        net::co_spawn(*context_, std::move(task), net::detached);
        run();
    }
    void run()
    {
        context_->restart();
        context_->poll();
    }
    void destroy() { context_.reset(); }

private:
    std::unique_ptr<net::io_context> context_ = std::make_unique<net::io_context>(1);
};

net::awaitable<void> hold(KeyedLock& locks, bool& has_lock)
{
    auto guard = co_await locks.acquire("k", [] {}, kLong);
    has_lock = guard.has_value();
    auto never = Signal{};
    co_await never.wait(never.count(), kLong);
}

bool is_free(KeyedLock& locks)
{
    return run_blocking(locks.acquire("k", [] {}, Milliseconds{0})).has_value();
}

TEST(SignalTeardown, MayBeGivenAndMayGoAfterItsSleepersContext)
{
    auto loop = Loop{};
    auto signal = std::make_unique<Signal>();
    auto woken = false;
    loop.spawn([](Signal& signal, bool& woken) -> net::awaitable<void> {
        co_await signal.wait(signal.count(), kLong);
        woken = true;
    }(*signal, woken));
    loop.destroy();
    signal->give();
    signal.reset();
    EXPECT_FALSE(woken);
}

TEST(SignalTeardown, MayBeGivenBeforeAContextGoesThatNeverRunsAgain)
{
    auto loop = Loop{};
    auto signal = Signal{};
    loop.spawn(signal.wait(signal.count(), kLong));
    signal.give();
    loop.destroy();
    signal.give();
}

TEST(KeyedLockTeardown, GoesToTheNextWhenItsHoldersContextGoes)
{
    auto locks = KeyedLock{};
    auto holders = Loop{};
    auto waiters = Loop{};
    auto held = false;
    auto waited = false;
    holders.spawn(hold(locks, held));
    waiters.spawn(hold(locks, waited));
    EXPECT_TRUE(held);
    EXPECT_FALSE(waited);
    holders.destroy();
    waiters.run();
    EXPECT_TRUE(waited);
    waiters.destroy();
    EXPECT_TRUE(is_free(locks));
}

TEST(KeyedLockTeardown, ForgetsAWaiterWhoseContextWent)
{
    auto locks = KeyedLock{};
    auto holders = Loop{};
    auto waiters = Loop{};
    auto held = false;
    auto waited = false;
    holders.spawn(hold(locks, held));
    waiters.spawn(hold(locks, waited));
    waiters.destroy();
    EXPECT_FALSE(is_free(locks));
    holders.destroy();
    EXPECT_TRUE(is_free(locks));
    EXPECT_FALSE(waited);
}

TEST(KeyedLockTeardown, IsPassedOnByAWaiterThatHadItAndNeverRanAgain)
{
    auto locks = KeyedLock{};
    auto holders = Loop{};
    auto waiters = Loop{};
    auto held = false;
    auto waited = false;
    holders.spawn(hold(locks, held));
    waiters.spawn(hold(locks, waited));
    holders.destroy();
    waiters.destroy();
    EXPECT_FALSE(waited);
    EXPECT_TRUE(is_free(locks));
}

TEST(KeyedLockTeardown, MayGoBeforeItsWaiters)
{
    auto locks = std::make_unique<KeyedLock>();
    auto loop = Loop{};
    auto held = false;
    auto waited = false;
    loop.spawn(hold(*locks, held));
    loop.spawn(hold(*locks, waited));
    locks.reset();
    loop.destroy();
}

}  // namespace
}  // namespace fleeting
