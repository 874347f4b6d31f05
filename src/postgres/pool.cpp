#include "postgres/pool.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting::postgres {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kMostTries = 6;
constexpr auto kPause = Milliseconds{5};
// A server that is restarted is back within this; callers of one that is away longer are told at once.
constexpr auto kRestart = Milliseconds{500};
constexpr auto kReconnectPause = Milliseconds{20};
// Who isn't let in within this is let in by nobody.
constexpr auto kProbe = Milliseconds{1'000};

Task<> in_transaction(Connection& db, std::function<Task<>(Connection&)> const& unit)
{
    CO_TRY(co_await db.execute("BEGIN ISOLATION LEVEL READ COMMITTED"));
    auto const done = co_await unit(db);
    if (done)
        co_return co_await db.commit();
    // Where even this fails the connection is thrown away, which undoes it as well.
    if (db.trouble() != Trouble::lost && !co_await db.execute("ROLLBACK"))
        log::debug("rollback_failed", done.error().detail);
    co_return done;
}

}  // namespace

/// A caller's place in the queue.
struct Pool::Waiter {
    net::steady_timer timer;
    std::optional<Slot> given;
};

/// A slot that goes back however the call ends.
class Pool::Lease {
public:
    Lease(Pool& pool, Slot slot) : slot(std::move(slot)), pool_(pool) {}
    ~Lease() { pool_.give_back(std::move(slot)); }
    Lease(Lease const&) = delete;
    Lease& operator=(Lease const&) = delete;

    Slot slot;

private:
    Pool& pool_;
};

Pool::Pool(std::string url, PoolSettings settings) : url_(std::move(url)), settings_(settings), free_(settings.connections)
{
    thread_ = std::thread{[this] { context_.run(); }};
}

Pool::~Pool()
{
    stop();
}

void Pool::stop()
{
    stops_ = true;
    stays_.reset();
    if (thread_.joinable())
        thread_.join();
    free_.clear();
}

Task<> Pool::write_patiently(std::function<Task<>(Connection&)> work, Milliseconds patience)
{
    co_return co_await on_thread(work, Kind::write, patience);
}

Task<> Pool::on_thread(Unit const& unit, Kind kind, Milliseconds patience)
{
    if (is_hung_.load(std::memory_order_relaxed))
        co_return fail(Error{Errc::unavailable, "the database answers nobody", {}, 1});
    if (waiting_.fetch_add(1, std::memory_order_relaxed) >= settings_.most_waiting) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        co_return fail(Error{Errc::busy, "too many calls to the database wait", {}, 1});
    }
    auto const deadline = Steady::now() + patience;
    auto const home = co_await net::this_coro::executor;
    auto result = std::optional<Result<>>{};
    co_await net::async_initiate<net::use_awaitable_t<> const, void()>(
        [&](auto handler) {
            auto done = [this, &result, home, handler = std::move(handler)](std::exception_ptr thrown, Result<> outcome) mutable {
                result.emplace(thrown ? fail(Errc::unavailable, "the database's thread threw") : std::move(outcome));
                waiting_.fetch_sub(1, std::memory_order_relaxed);
                net::post(home, std::move(handler));
            };
            net::co_spawn(context_, run(unit, kind, deadline), std::move(done));
        },
        net::use_awaitable);
    co_return *std::move(result);
}

Task<> Pool::run(Unit const& unit, Kind kind, Deadline deadline)
{
    for (auto tries = 1;; ++tries) {
        auto trouble = Trouble::none;
        auto done = co_await attempt(unit, kind, deadline, trouble);
        auto const is_late = Steady::now() >= deadline;
        if (!done && is_late && done.error().code == Errc::unavailable)
            suspect();
        auto const may_pass = trouble == Trouble::conflict || trouble == Trouble::lost;
        if (done || !may_pass || tries == kMostTries || is_late)
            co_return done;
        // Two that undid each other don't meet again: each waits longer, and not as long as the other.
        if (trouble == Trouble::conflict)
            co_await sleep(kPause * tries + Milliseconds{Steady::now().time_since_epoch().count() % 7});
    }
}

Task<> Pool::attempt(Unit const& unit, Kind kind, Deadline deadline, Trouble& trouble)
{
    CO_TRY(auto slot, co_await take_slot(deadline));
    auto lease = Lease{*this, std::move(slot)};
    CO_TRY(co_await open(lease.slot, deadline));
    auto& db = *lease.slot;
    db.begin_call(deadline);
    auto done = co_await (kind == Kind::write ? in_transaction(db, unit) : unit(db));
    trouble = db.trouble();
    co_return done;
}

net::awaitable<void> Pool::sleep(Milliseconds patience)
{
    auto timer = net::steady_timer{context_, patience};
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
}

Task<Pool::Slot> Pool::take_slot(Deadline deadline)
{
    if (!free_.empty()) {
        auto slot = std::move(free_.back());
        free_.pop_back();
        co_return slot;
    }
    // Who has waited for longer would be cut off in the middle of a call, and take the connection along.
    auto const now = Steady::now();
    auto waiter = Waiter{net::steady_timer{context_, now + (deadline - now) / 2}, {}};
    waiters_.push_back(&waiter);
    queued_.fetch_add(1, std::memory_order_relaxed);
    co_await waiter.timer.async_wait(net::as_tuple(net::use_awaitable));
    queued_.fetch_sub(1, std::memory_order_relaxed);
    if (waiter.given)
        co_return *std::move(waiter.given);
    std::erase(waiters_, &waiter);
    co_return fail(Error{Errc::busy, "every connection to the database is in use", {}, 1});
}

void Pool::give_back(Slot slot)
{
    if (slot) {
        slot->end_call();
        if (!slot->is_fit())
            slot.reset();
    }
    if (!waiters_.empty()) {
        auto& waiter = *waiters_.front();
        waiters_.pop_front();
        waiter.given = std::move(slot);
        waiter.timer.cancel();
    } else if (slot) {
        free_.push_back(std::move(slot));
    } else {
        free_.push_front(nullptr);
    }
}

Task<> Pool::open(Slot& slot, Deadline deadline)
{
    if (slot && !slot->has_been_closed())
        co_return Result<>{};
    slot.reset();
    while (true) {
        auto opened = co_await Connection::open(context_, url_, deadline);
        if (opened) {
            if (std::exchange(away_since_, std::nullopt))
                log::info("database_back");
            slot = *std::move(opened);
            co_return Result<>{};
        }
        if (!note_away(opened.error()) || Steady::now() + kReconnectPause >= deadline)
            co_return fail(opened.error());
        co_await sleep(kReconnectPause);
    }
}

bool Pool::note_away(Error const& error)
{
    if (!away_since_) {
        log::warning("database_away", error.detail);
        away_since_ = Steady::now();
    }
    return Steady::now() - *away_since_ < kRestart;
}

void Pool::suspect()
{
    if (!std::exchange(is_probing_, true))
        net::co_spawn(context_, probe(), [this](std::exception_ptr) { is_probing_ = false; });
}

net::awaitable<void> Pool::probe()
{
    // The last one waits there when the server goes on, and is answered then.
    while (!stops_ && !co_await Connection::open(context_, url_, Steady::now() + kProbe)) {
        if (!is_hung_.exchange(true))
            log::warning("database_hangs", "calls to it fail at once until it answers");
        co_await sleep(kReconnectPause);
    }
    if (is_hung_.exchange(false))
        log::info("database_back");
}

}  // namespace fleeting::postgres
