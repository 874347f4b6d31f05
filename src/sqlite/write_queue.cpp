#include "sqlite/write_queue.hpp"

#include "base/log.hpp"

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
    return stopping_ && waiting_.empty() ? std::nullopt : std::optional{std::exchange(waiting_, {})};
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
    for (auto& unit : units) {
        TRY(database_->run("SAVEPOINT unit"));
        if (!unit.work(*database_)) {
            TRY(database_->run("ROLLBACK TO unit"));
        }
        TRY(database_->run("RELEASE unit"));
    }
    return database_->run("COMMIT");
}

}  // namespace fleeting::sqlite
