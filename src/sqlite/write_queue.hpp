#pragma once

#include "async/task.hpp"
#include "sqlite/database.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace fleeting::sqlite {

/// The one writer. Units of work that wait together are committed together (one sync for all), each in a savepoint of its own
/// where there are several, and are answered after the commit: an acknowledged change is on disk.
class WriteQueue {
public:
    WriteQueue(std::unique_ptr<Database> database, std::size_t most_waiting);
    ~WriteQueue();

    /// Runs `work(Database&)` (returns `Result<T>`) on the writer's thread and comes back to the caller's executor. What it
    /// changed is undone where it fails. errors: busy (queue full), those of the work, unavailable (the commit failed)
    template <class Work, class R = std::invoke_result_t<Work&, Database&>>
    net::awaitable<R> run(Work work)
    {
        co_return co_await enqueue(std::move(work), false);
    }

    /// For work on hundreds of rows: as above, in a transaction of its own.
    template <class Work, class R = std::invoke_result_t<Work&, Database&>>
    net::awaitable<R> run_alone(Work work)
    {
        co_return co_await enqueue(std::move(work), true);
    }

    /// Commits what waits and ends the thread. Idempotent.
    void stop();

private:
    struct Unit {
        std::function<bool(Database&)> work;
        std::function<void(Error const&)> fail;
        std::function<void()> wake;
        bool goes_alone = false;
    };

    template <class Work, class R = std::invoke_result_t<Work&, Database&>>
    net::awaitable<R> enqueue(Work work, bool goes_alone)
    {
        auto result = std::optional<R>{};
        auto const home = co_await net::this_coro::executor;
        auto unit = Unit{};
        unit.goes_alone = goes_alone;
        unit.work = [&](Database& database) {
            result.emplace(work(database));
            return result->has_value();
        };
        unit.fail = [&](Error const& error) { result.emplace(std::unexpected{error}); };
        co_await net::async_initiate<net::use_awaitable_t<> const, void()>(
            [this, &unit, &home](auto handler) {
                auto shared = std::make_shared<decltype(handler)>(std::move(handler));
                unit.wake = [home, shared] { net::post(home, std::move(*shared)); };
                push(std::move(unit));
            },
            net::use_awaitable);
        co_return std::move(*result);
    }

    void push(Unit unit);
    void loop();
    /// What is to be committed together; nothing once it is stopped and done. Empty where it is time to wipe the log again.
    std::optional<std::vector<Unit>> next_units();
    std::vector<Unit> take_units();
    void commit(std::vector<Unit>& units);
    Result<> run_units(std::vector<Unit>& units);
    Result<> run_in_savepoints(std::vector<Unit>& units);
    /// Makes sure that a transaction that is told to have failed doesn't come back after a crash.
    void settle();

    std::unique_ptr<Database> database_;
    std::size_t most_waiting_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<Unit> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace fleeting::sqlite
