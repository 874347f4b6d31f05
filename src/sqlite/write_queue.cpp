#include "sqlite/write_queue.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>

namespace fleeting::sqlite {
namespace {

// A reader was in the way of wiping the log: it is seldom so for long.
constexpr auto kWipeAgain = Milliseconds{50};

}  // namespace

WriteQueue::WriteQueue(std::unique_ptr<Database> database, std::size_t most_waiting)
    : database_(std::move(database)), most_waiting_(most_waiting), thread_([this] { loop(); })
{
}

WriteQueue::~WriteQueue()
{
    stop();
}

void WriteQueue::stop()
{
    {
        auto const lock = std::scoped_lock{mutex_};
        stopping_ = true;
    }
    arrived_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void WriteQueue::push(Unit unit)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (waiting_.size() < most_waiting_) {
            waiting_.push_back(std::move(unit));
            arrived_.notify_one();
            return;
        }
    }
    unit.fail(Error{Errc::busy, "the database's queue is full", {}, 1});
    unit.wake();
}

void WriteQueue::loop()
{
    while (auto units = next_units()) {
        if (!units->empty())
            commit(*units);
        database_->wipe_log();
    }
}

std::optional<std::vector<WriteQueue::Unit>> WriteQueue::next_units()
{
    auto lock = std::unique_lock{mutex_};
    auto const has_come = [this] { return stopping_ || !waiting_.empty(); };
    if (database_->wants_wipe())
        arrived_.wait_for(lock, kWipeAgain, has_come);
    else
        arrived_.wait(lock, has_come);
    return stopping_ && waiting_.empty() ? std::nullopt : std::optional{take_units()};
}

std::vector<WriteQueue::Unit> WriteQueue::take_units()
{
    auto const lone = std::ranges::find_if(waiting_, &Unit::goes_alone);
    auto const end = lone == waiting_.begin() && lone != waiting_.end() ? lone + 1 : lone;
    auto units = std::vector<Unit>{std::move_iterator{waiting_.begin()}, std::move_iterator{end}};
    waiting_.erase(waiting_.begin(), end);
    return units;
}

void WriteQueue::commit(std::vector<Unit>& units)
{
    auto done = Result<>{};
    try {
        done = run_units(units);
    } catch (std::exception const& e) {
        done = fail(Errc::unavailable, e.what());
    }
    if (!done) {
        auto const is_undecided = database_->has_failed_to_sync();
        auto const undone = database_->execute("ROLLBACK");
        if (is_undecided)
            settle();
        auto const error = undone ? done.error() : std::move(done).error().while_doing("rollback failed too");
        for (auto& unit : units)
            unit.fail(error);
    }
    for (auto& unit : units)
        unit.wake();
}

void WriteQueue::settle()
{
    // Its frames stand whole in the log, and recovery takes what is whole for committed, while we tell the client and erase the
    // blob. The next commit goes over them; this one changes nothing but makes frames.
    auto const settled = database_->execute("PRAGMA application_id=0");
    if (settled)
        return;
    // Neither answer would be true. Who waits gets none, and the next start finds out.
    log::error("database_undecided", settled.error().detail);
    std::abort();
}

Result<> WriteQueue::run_units(std::vector<Unit>& units)
{
    TRY(database_->run("BEGIN IMMEDIATE"));
    if (units.size() > 1) {
        TRY(run_in_savepoints(units));
        return database_->run("COMMIT");
    }
    // Without a savepoint: below one SQLite goes through all that was changed so far at the end of each statement.
    return units.front().work(*database_) ? database_->run("COMMIT") : database_->run("ROLLBACK");
}

Result<> WriteQueue::run_in_savepoints(std::vector<Unit>& units)
{
    for (auto& unit : units) {
        TRY(database_->run("SAVEPOINT unit"));
        if (!unit.work(*database_)) {
            TRY(database_->run("ROLLBACK TO unit"));
        }
        TRY(database_->run("RELEASE unit"));
    }
    return {};
}

}  // namespace fleeting::sqlite
