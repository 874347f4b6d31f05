#include "async/blocking_pool.hpp"
#include "async/keyed_lock.hpp"
#include "async/run_blocking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <semaphore>
#include <stdexcept>
#include <thread>

namespace fleeting {
namespace {

TEST(BlockingPool, ComesBackToTheCallersThreadAlsoWhenTheWorkThrows)
{
    auto pool = BlockingPool{"test", 2, 10};
    auto const home = std::this_thread::get_id();
    auto const scenario = [&]() -> Task<> {
        auto const elsewhere = co_await pool.run([&]() -> Result<bool> { return std::this_thread::get_id() != home; });
        EXPECT_TRUE(elsewhere && *elsewhere);
        EXPECT_EQ(std::this_thread::get_id(), home);
        auto const thrown = co_await pool.run([]() -> Result<int> { throw std::runtime_error{"boom"}; });
        EXPECT_EQ(thrown.error().code, Errc::unavailable);
        EXPECT_EQ(thrown.error().detail, "boom");
        EXPECT_EQ(std::this_thread::get_id(), home);
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
}

TEST(BlockingPool, AnswersBusyWhenItIsFull)
{
    auto context = net::io_context{1};
    auto pool = BlockingPool{"test", 1, 1};  // gone, with what it still posts, before the context is
    auto codes = std::vector<std::optional<Errc>>{};
    auto gate = std::binary_semaphore{0};  // keeps the first one in the pool until the others have tried
    for (auto i = 0; i < 3; ++i)
        net::co_spawn(
            context,
            [&]() -> net::awaitable<void> {
                auto const done = co_await pool.run([&]() -> Result<> {
                    gate.acquire();
                    return {};
                });
                codes.push_back(done ? std::nullopt : std::optional{done.error().code});
                if (codes.size() == 2)
                    gate.release();
            },
            net::detached);
    context.run();
    EXPECT_EQ(std::ranges::count(codes, std::optional{Errc::busy}), 2);
}

TEST(BlockingPool, DoesntBeginWhatHasWaitedTooLong)
{
    auto pool = BlockingPool{"test", 1, 10, BlockingPool::Patience{0}};
    auto has_run = false;
    auto const scenario = [&]() -> Task<> {
        co_return co_await pool.run([&]() -> Result<> {
            has_run = true;
            return {};
        });
    };
    EXPECT_EQ(run_blocking(scenario()).error().code, Errc::busy);
    EXPECT_FALSE(has_run);
}

TEST(KeyedLock, IsHandedOverToWhoAsks)
{
    auto locks = KeyedLock{};
    auto context = net::io_context{1};
    auto asked = false;
    auto order = std::string{};
    net::co_spawn(
        context,
        [&]() -> net::awaitable<void> {
            auto stop = net::steady_timer{context, std::chrono::hours{1}};
            auto guard = co_await locks.acquire("k", [&] { asked = true, stop.cancel(); }, Milliseconds{1000});
            EXPECT_TRUE(guard);
            boost::system::error_code ignored;
            co_await stop.async_wait(net::redirect_error(net::use_awaitable, ignored));
            order += "first ";
        },
        net::detached);
    net::co_spawn(
        context,
        [&]() -> net::awaitable<void> {
            auto guard = co_await locks.acquire("k", [] {}, Milliseconds{1000});
            EXPECT_TRUE(guard);
            order += "second";
        },
        net::detached);
    context.run();
    EXPECT_TRUE(asked);
    EXPECT_EQ(order, "first second");
}

TEST(KeyedLock, GivesUpAfterItsPatience)
{
    auto locks = KeyedLock{};
    auto const scenario = [&]() -> Task<> {
        CO_TRY(auto const held, co_await locks.acquire("k", [] {}, Milliseconds{10}));
        EXPECT_EQ((co_await locks.acquire("k", [] {}, Milliseconds{10})).error().code, Errc::upload_busy);
        CO_TRY(co_await locks.acquire("other", [] {}, Milliseconds{10}));
        co_return Result<>{};
    };
    EXPECT_TRUE(run_blocking(scenario()));
    EXPECT_TRUE(run_blocking(locks.acquire("k", [] {}, Milliseconds{10})));
}

TEST(KeyedLock, ExcludesAcrossThreads)
{
    auto locks = KeyedLock{};
    auto inside = 0;
    auto total = 0;
    auto threads = std::vector<std::thread>{};
    for (auto i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            auto const scenario = [&]() -> Task<> {
                for (auto j = 0; j < 200; ++j) {
                    CO_TRY(auto const guard, co_await locks.acquire("k", [] {}, Milliseconds{10'000}));
                    EXPECT_EQ(++inside, 1);
                    ++total;
                    --inside;
                }
                co_return Result<>{};
            };
            EXPECT_TRUE(run_blocking(scenario()));
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(total, 800);
}

}  // namespace
}  // namespace fleeting
