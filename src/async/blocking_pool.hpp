#pragma once

#include "async/task.hpp"

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>

namespace fleeting {

/// Threads for work that blocks (SQL, Argon2id, syncing, a slow disk). Bounded: a full pool answers `busy`.
/// `co_await pool.run([&] { … })` is the only way off an I/O thread, so searching for it lists every hop.
class BlockingPool {
    using Steady = std::chrono::steady_clock;

public:
    using Patience = Steady::duration;

    /// name          for the log and for `busy`
    /// threads       at least 1
    /// max_waiting   how many calls may wait or run at once before `busy`
    /// patience      what has waited longer isn't begun: it answers `busy`, as who asked has given up
    BlockingPool(std::string name, std::size_t threads, std::size_t max_waiting, Patience patience = Patience::max());
    ~BlockingPool();

    /// Runs `work` (returns `Result<T>`) on a pool thread and comes back to the caller's executor, also when it throws: an
    /// exception becomes `unavailable` with its text as detail. `[&]` captures are sound: the caller's frame sleeps meanwhile.
    template <class Work, class R = std::invoke_result_t<Work&>>
    net::awaitable<R> run(Work work)
    {
        if (!enter())
            co_return busy();
        auto result = std::optional<R>{};
        auto const home = co_await net::this_coro::executor;
        auto const asked_at = Steady::now();
        co_await net::async_initiate<net::use_awaitable_t<> const, void()>(
            [this, &work, &result, &home, asked_at](auto handler) {
                net::post(threads_, [this, &work, &result, home, asked_at, handler = std::move(handler)]() mutable {
                    result.emplace(Steady::now() - asked_at > patience_ ? R{busy()} : guarded(work));
                    leave();
                    net::post(home, std::move(handler));
                });
            },
            net::use_awaitable);
        co_return std::move(*result);
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
    /// Runs what is queued to its end, then stops. Idempotent.
    void stop();

private:
    bool enter();
    void leave() { waiting_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] std::unexpected<Error> busy() const;

    template <class Work>
    static std::invoke_result_t<Work&> guarded(Work& work)
    {
        try {
            return work();
        } catch (std::exception const& e) {
            return fail(Errc::unavailable, e.what());
        }
    }

    std::string name_;
    std::size_t max_waiting_;
    Patience patience_;
    std::atomic<std::size_t> waiting_{0};
    net::thread_pool threads_;
};

}  // namespace fleeting
