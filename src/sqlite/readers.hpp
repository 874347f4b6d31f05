#pragma once

#include "async/blocking_pool.hpp"
#include "sqlite/database.hpp"

#include <mutex>
#include <vector>

namespace fleeting::sqlite {

/// Read-only work on a few threads, a connection each: WAL readers never wait for the writer. Thread-safe.
class Readers {
public:
    Readers(std::vector<std::unique_ptr<Database>> databases, std::size_t most_waiting)
        : pool_("sql", databases.size(), most_waiting), free_(std::move(databases))
    {
    }

    /// Runs `work(Database&)` (returns `Result<T>`) on a reader's thread and comes back to the caller's executor.
    template <class Work, class R = std::invoke_result_t<Work&, Database&>>
    net::awaitable<R> run(Work work)
    {
        co_return co_await pool_.run([&]() -> R {
            auto database = borrow();
            auto result = work(*database);
            give_back(std::move(database));
            return result;
        });
    }

    void stop() { pool_.stop(); }

private:
    std::unique_ptr<Database> borrow()
    {
        auto const lock = std::scoped_lock{mutex_};
        auto database = std::move(free_.back());
        free_.pop_back();
        return database;
    }
    void give_back(std::unique_ptr<Database> database)
    {
        auto const lock = std::scoped_lock{mutex_};
        free_.push_back(std::move(database));
    }

    BlockingPool pool_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Database>> free_;  ///< as many as the pool has threads, so never empty in `borrow`
};

}  // namespace fleeting::sqlite
