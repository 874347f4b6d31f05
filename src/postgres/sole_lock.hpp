#pragma once

#include "async/task.hpp"
#include "postgres/connection.hpp"

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace fleeting::postgres {

/// An advisory lock that one process of all on a database holds for as long as it runs, on a connection and a thread of its own.
/// The connection is watched: after a restart of the server the lock is taken again. Thread-safe.
class SoleLock {
public:
    /// Takes the lock, and waits a moment where its holder has only just ended.
    ///
    /// on_lost   another process took it while the server was away or couldn't be reached; called once, on the lock's thread
    /// errors    busy: another process holds it; unavailable: no server
    static Result<std::unique_ptr<SoleLock>> take(std::string url, std::function<void()> on_lost);
    ~SoleLock();
    SoleLock(SoleLock const&) = delete;
    SoleLock& operator=(SoleLock const&) = delete;

    /// errors    unavailable, while it isn't known to be held
    [[nodiscard]] Result<> check() const;
    /// Gives it back. Idempotent.
    void stop();

private:
    SoleLock(std::string url, std::function<void()> on_lost) : url_(std::move(url)), on_lost_(std::move(on_lost)) {}

    Task<> take_within(Milliseconds patience);
    Task<bool> ask();
    Task<bool> ask_on(std::unique_ptr<Connection>& connection);
    net::awaitable<void> watch();
    net::awaitable<bool> is_alive();
    Task<> take_again();
    net::awaitable<void> sleep(Milliseconds patience);

    std::string url_;
    std::function<void()> on_lost_;
    std::atomic<bool> is_held_{false};
    net::io_context context_{1};
    // The thread's own:
    net::steady_timer timer_{context_};
    std::unique_ptr<Connection> connection_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace fleeting::postgres
