#pragma once

#include "postgres/connection.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace fleeting::postgres {

struct PoolSettings {
    std::size_t connections = 8;      ///< to the server, at most; each is a process there
    std::size_t most_waiting = 4096;  ///< calls that may wait or run at once before `busy`
    Milliseconds patience{5'000};     ///< how long a call may take, the wait for a connection included
};

/// Connections on a thread of their own, opened as they are needed. One that broke is replaced; a call that it took along before
/// its commit is run again, and so is one that was undone for another's sake. While the server answers nobody, calls fail at
/// once. Thread-safe.
class Pool {
public:
    Pool(std::string url, PoolSettings settings);
    ~Pool();

    /// Runs `work(Connection&)` (returns `Task<T>`) as one transaction on the pool's thread and comes back to the caller's
    /// executor. It may be run several times, so it moves nothing away; what it changed is undone where it fails. errors    busy
    /// (too many wait), those of the work, unavailable (no server, no answer by the deadline; where the commit got
    ///           no answer it may have happened)
    template <class Work, class R = typename std::invoke_result_t<Work&, Connection&>::value_type>
    net::awaitable<R> write(Work work)
    {
        co_return co_await call<R>(Kind::write, settings_.patience, std::move(work));
    }
    /// As `write`, for statements that change nothing: each sees what was committed before it. `patience` may be shorter than
    /// the pool's.
    template <class Work, class R = typename std::invoke_result_t<Work&, Connection&>::value_type>
    net::awaitable<R> read(Work work, Milliseconds patience = Milliseconds::max())
    {
        co_return co_await call<R>(Kind::read, std::min(patience, settings_.patience), std::move(work));
    }
    /// As `write`, for as long as that takes.
    Task<> write_patiently(std::function<Task<>(Connection&)> work, Milliseconds patience);

    /// Calls that wait for a connection now. Any thread.
    [[nodiscard]] std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

    /// Runs what is asked to its end, at most until its deadline, then stops; nothing may be asked after it. Idempotent.
    void stop();

private:
    enum class Kind : std::uint8_t { read, write };
    using Unit = std::function<Task<>(Connection&)>;
    using Slot = std::unique_ptr<Connection>;  ///< the right to a connection: empty, one to open
    struct Waiter;
    class Lease;

    template <class R, class Work>
    net::awaitable<R> call(Kind kind, Milliseconds patience, Work work)
    {
        auto result = std::optional<R>{};
        auto const unit = Unit{[&](Connection& db) { return keep(work, db, result); }};
        auto const done = co_await on_thread(unit, kind, patience);
        if (!done)
            co_return fail(done.error());
        co_return *std::move(result);
    }
    template <class R, class Work>
    static Task<> keep(Work& work, Connection& db, std::optional<R>& result)
    {
        result.emplace(co_await work(db));
        if (!*result)
            co_return fail(result->error());
        co_return Result<>{};
    }

    Task<> on_thread(Unit const& unit, Kind kind, Milliseconds patience);
    Task<> run(Unit const& unit, Kind kind, Deadline deadline);
    Task<> attempt(Unit const& unit, Kind kind, Deadline deadline, Trouble& trouble);
    net::awaitable<void> sleep(Milliseconds patience);
    Task<Slot> take_slot(Deadline deadline);
    Task<> open(Slot& slot, Deadline deadline);
    /// Remembers since when no connection could be opened. Returns whether it is worth trying again.
    bool note_away(Error const& error);
    /// Looks, after a call that got no answer by its deadline, whether that was the call's or the server answers nobody.
    void suspect();
    net::awaitable<void> probe();
    void give_back(Slot slot);

    std::string url_;
    PoolSettings settings_;
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::size_t> queued_{0};
    std::atomic<bool> is_hung_{false};
    std::atomic<bool> stops_{false};
    net::io_context context_{1};
    net::executor_work_guard<net::io_context::executor_type> stays_{context_.get_executor()};
    // The thread's own:
    std::deque<Slot> free_;  ///< opened ones at the back, where they are taken
    std::deque<Waiter*> waiters_;
    std::optional<Deadline> away_since_;
    bool is_probing_ = false;
    std::thread thread_;
};

}  // namespace fleeting::postgres
