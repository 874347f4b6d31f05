#include "postgres/sole_lock.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace fleeting::postgres {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kLook = Milliseconds{200};
constexpr auto kLooksToPing = 10;
constexpr auto kPause = Milliseconds{50};
constexpr auto kAnswer = Milliseconds{2'000};
// A process that was killed is gone from the server within milliseconds of its socket.
constexpr auto kStart = Milliseconds{2'000};
// One that can't be reached any more, this one's own former connection among them, within what kSession says.
constexpr auto kAgain = Milliseconds{15'000};

// It sleeps for as long as the process lives, and a machine that vanished is forgotten after 5 + 3 · 2 seconds.
constexpr auto kSession = "SET idle_session_timeout = 0; SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;"
                          "SET tcp_keepalives_count = 3";

}  // namespace

Result<std::unique_ptr<SoleLock>> SoleLock::take(std::string url, std::function<void()> on_lost)
{
    auto lock = std::unique_ptr<SoleLock>{new SoleLock{std::move(url), std::move(on_lost)}};
    auto taken = std::optional<Result<>>{};
    net::co_spawn(lock->context_, lock->take_within(kStart), [&](std::exception_ptr thrown, Result<> outcome) {
        taken.emplace(thrown ? fail(Errc::unavailable, "taking the lock threw") : std::move(outcome));
    });
    lock->context_.run();
    TRY(*std::move(taken));
    lock->context_.restart();
    net::co_spawn(lock->context_, lock->watch(), net::detached);
    lock->thread_ = std::thread{[&context = lock->context_] { context.run(); }};
    return lock;
}

SoleLock::~SoleLock()
{
    stop();
}

void SoleLock::stop()
{
    if (!thread_.joinable())
        return;
    net::post(context_, [this] {
        is_stopping_ = true;
        timer_.cancel();
    });
    thread_.join();
    connection_.reset();
    is_held_ = false;
}

Result<> SoleLock::check() const
{
    return is_held_ ? Result<>{} : fail(Errc::unavailable, "the lock of the only node isn't held");
}

Task<> SoleLock::take_within(Milliseconds patience)
{
    auto const end = Steady::now() + patience;
    while (true) {
        CO_TRY(auto const is_granted, co_await ask());
        is_held_ = is_granted;
        if (is_granted)
            co_return Result<>{};
        if (is_stopping_ || Steady::now() >= end)
            co_return fail(Errc::busy, "another process holds the lock of the only node");
        co_await sleep(kPause);
    }
}

Task<bool> SoleLock::ask()
{
    auto connection = std::move(connection_);
    auto is_granted = co_await ask_on(connection);
    if (is_granted) {
        connection->end_call();
        connection_ = std::move(connection);
    }
    co_return is_granted;
}

Task<bool> SoleLock::ask_on(std::unique_ptr<Connection>& connection)
{
    auto const deadline = Steady::now() + kAnswer;
    if (!connection) {
        CO_TRY(connection, co_await Connection::open(context_, url_, deadline));
        CO_TRY(co_await connection->execute(kSession));
    }
    connection->begin_call(deadline);
    // (7078501, 1) is the migrations'.
    CO_TRY(auto const answer, co_await connection->run("SELECT pg_try_advisory_lock(7078501, 2)"));
    co_return answer.first().flag(0);
}

net::awaitable<void> SoleLock::watch()
{
    while (!is_stopping_) {
        if (co_await is_alive())
            continue;
        is_held_ = false;
        log::warning("sole_lock_away");
        auto const again = co_await take_again();
        if (again) {
            log::info("sole_lock_back");
        } else if (!is_stopping_) {
            on_lost_();
            co_return;
        }
    }
}

/// Waits a while, and tells whether the connection, and with it the lock, has lasted. A server that was cut off by the network
/// says nothing, so now and then it is asked.
net::awaitable<bool> SoleLock::is_alive()
{
    for (auto look = 0; look < kLooksToPing; ++look) {
        co_await sleep(kLook);
        if (is_stopping_)
            co_return true;
        if (connection_->has_been_closed())
            co_return false;
    }
    connection_->begin_call(Steady::now() + kAnswer);
    auto const answered = co_await connection_->run("SELECT 1");
    connection_->end_call();
    co_return answered.has_value();
}

/// errors    busy: another process has it; while the server is away this goes on
Task<> SoleLock::take_again()
{
    connection_.reset();
    while (true) {
        auto const taken = co_await take_within(kAgain);
        if (taken || taken.error().code == Errc::busy || is_stopping_)
            co_return taken;
        co_await sleep(kPause);
    }
}

net::awaitable<void> SoleLock::sleep(Milliseconds patience)
{
    timer_.expires_after(patience);
    co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
}

}  // namespace fleeting::postgres
