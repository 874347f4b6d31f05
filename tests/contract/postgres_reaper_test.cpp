// The reaper beside another node's transaction, which only a shared database has.

#include "metadata_backends.hpp"

#include "disk/disk_blobs.hpp"
#include "memory/memory_event_bus.hpp"
#include "service/reaper.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

namespace fleeting::postgres {
namespace {

using Steady = std::chrono::steady_clock;

/// A reaper that runs on a thread of its own, on PostgreSQL.
class PostgresReaper : public MetadataStoreContract<PostgresBackend> {
protected:
    void TearDown() override
    {
        reaper_.stop();
        if (thread_.joinable())
            thread_.join();
        blobs_->stop();
        pool_.stop();
        std::filesystem::remove_all(folder_);
    }
    void start()
    {
        net::co_spawn(context_, reaper_.run(Seconds{86'400}), net::detached);
        thread_ = std::thread{[this] { context_.run(); }};
    }
    bool is_there(Room const& room) { return run_blocking(store().find_room_by_id(room.id, kNow)).has_value(); }

    ManualClock clock_{kNow};
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    BlockingPool pool_{"disk", 1, 10};
    std::unique_ptr<disk::DiskBlobs> blobs_ = *disk::DiskBlobs::open(*disk::open_data_folder(folder_), {ByteCount{0}, 0}, pool_);
    memory::MemoryEventBus bus_{10};
    Cutoffs cutoffs_;
    LinkedFiles linked_files_{10};
    LiveUploads live_;
    Tombstones tombstones_{{store(), nullptr, clock_}, Seconds{86'400}};
    ClockGuard clock_guard_{store(), clock_};
    Reaper reaper_{ReaperParts{store(), *blobs_, bus_, clock_guard_, cutoffs_, linked_files_, live_, tombstones_},
                   [](Milliseconds) {}};
    net::io_context context_{1};
    std::thread thread_;
};

TEST_F(PostgresReaper, WaitsBetweenItsLooksAtARoomThatAnotherHoldsAndErasesItSoonAfter)
{
    auto const room = open_room("held");
    auto other = Pool{PostgresServer::shared().url_of(backend_.database()), {}};
    auto is_held = std::promise<void>{};
    auto holder = std::thread{[&] {
        // As an upload's creation holds it: the reaper's look at the next deadline still sees the room.
        EXPECT_TRUE(run_blocking(other.write([&](Connection& db) -> Task<> {
            CO_TRY(co_await db.execute("UPDATE room SET version = version + 1"));
            is_held.set_value();
            CO_TRY(co_await db.execute("SELECT pg_sleep(1)"));
            co_return Result<>{};
        })));
    }};
    is_held.get_future().wait();
    clock_.set(room.expires_at);
    start();
    holder.join();
    auto const sweeps = reaper_.stats().sweeps.load();
    auto const released = Steady::now();
    while (is_there(room) && Steady::now() < released + Seconds{5}) {
    }
    EXPECT_LT(Steady::now() - released, Milliseconds{500});
    EXPECT_GE(sweeps, 2U) << "it looked away";
    EXPECT_LE(sweeps, 30U) << "it asked again without a pause";
}

TEST_F(PostgresReaper, GoesByTheDatabaseWhereItsOwnClockIsAheadOfThat)
{
    auto const now = **run_blocking(store().clock());
    auto const ended = open_room("ended", now - Seconds{1});
    auto const alive = open_room("alive", now + Seconds{1'000});
    clock_.set(alive.expires_at + Seconds{1});
    ASSERT_TRUE(run_blocking(clock_guard_.compare()));
    start();
    while (is_there(ended))
        std::this_thread::yield();
    EXPECT_TRUE(is_there(alive));
    clock_.set(now);
    ASSERT_TRUE(run_blocking(clock_guard_.compare()));
    clock_.set(alive.expires_at);
    while (is_there(alive))
        std::this_thread::yield();
}

TEST_F(PostgresReaper, IsToldOfDueRoomsBesideOneThatAnotherHolds)
{
    auto const held = open_room("held");
    auto const due = open_room("due");
    auto other = Pool{PostgresServer::shared().url_of(backend_.database()), {}};
    auto told = Result<std::vector<RoomId>>{};
    EXPECT_TRUE(run_blocking(other.write([&](Connection& db) -> Task<> {
        CO_TRY(co_await db.run("UPDATE room SET version = version + 1 WHERE id = $1", held.id));
        told = run_blocking(store().due_rooms(due.expires_at, 10));
        co_return Result<>{};
    })));
    ASSERT_TRUE(told) << told.error().detail;
    EXPECT_EQ(*told, std::vector{due.id});
    EXPECT_EQ(run_blocking(store().due_rooms(due.expires_at, 10))->size(), 2U);
}

}  // namespace
}  // namespace fleeting::postgres
