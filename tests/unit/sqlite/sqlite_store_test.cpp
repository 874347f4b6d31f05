#include "sqlite/sqlite_store.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

std::atomic<int> failing_syncs{0};

int sync_or_fail(long call, int file)
{
    if (failing_syncs > 0) {
        --failing_syncs;
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(call, file));
}

}  // namespace

// In front of the kernel's for SQLite too. Like Linux, it tells of a failure once.
extern "C" int fdatasync(int file)
{
    return sync_or_fail(SYS_fdatasync, file);
}

extern "C" int fsync(int file)
{
    return sync_or_fail(SYS_fsync, file);
}

namespace fleeting::sqlite {
namespace {

auto const kNow = Instant{Milliseconds{1'700'000'000'000}};

Room canary_room()
{
    auto room = Room{};
    room.id = crypto::random_id<RoomId>();
    room.name_key = room.display_name = "canary-of-a-room";
    room.password_hash = "canary-of-a-hash";
    room.expires_at = kNow + Seconds{60};
    return room;
}

Session owner_of(Room const& room)
{
    return {crypto::random_id<TokenHash>(), room.id, Role::owner, "canary-of-a-nickname", kNow};
}

class SqliteStoreTest : public testing::Test {
protected:
    SqliteStoreTest() { std::filesystem::create_directories(folder_); }
    ~SqliteStoreTest() override { std::filesystem::remove_all(folder_); }

    /// Whether `text` stands anywhere in the database's files.
    bool is_on_disk(std::string const& text) const { return is_in(folder_, text); }
    static bool is_in(std::filesystem::path const& folder, std::string const& text)
    {
        for (auto const& entry : std::filesystem::directory_iterator{folder}) {
            if (!entry.is_regular_file())
                continue;
            auto file = std::ifstream{entry.path(), std::ios::binary};
            if (std::string{std::istreambuf_iterator<char>{file}, {}}.find(text) != std::string::npos)
                return true;
        }
        return false;
    }
    /// What another process finds if this one dies here.
    std::filesystem::path copy_as_crashed() const
    {
        auto crashed = folder_ / "crashed";
        std::filesystem::create_directories(crashed);
        for (auto const* name : {"test.db", "test.db-wal"})
            std::filesystem::copy_file(folder_ / name, crashed / name);
        return crashed;
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
};

TEST_F(SqliteStoreTest, LeavesNothingOfAnEndedRoomInItsFiles)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
    EXPECT_TRUE(is_on_disk("canary"));
    ASSERT_TRUE(run_blocking(store->end_room(room.id, kNow)));
    // The log is cut after the answer; the writer's next work comes after that.
    ASSERT_TRUE(run_blocking(store->exchange("a", "b")));
    EXPECT_FALSE(is_on_disk("canary"));
}

TEST_F(SqliteStoreTest, WaitsForNoReaderBeforeItGoesOnAndWipesTheLogAfterIt)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
    auto reader = *Database::open(folder_ / "test.db");
    ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM room"));
    auto const begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(run_blocking(store->end_room(room.id, kNow)));
    ASSERT_TRUE(run_blocking(store->exchange("a", "b")));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, Seconds{2});
    EXPECT_TRUE(is_on_disk("canary"));
    ASSERT_TRUE(reader->execute("COMMIT"));
    // Nobody writes any more: the writer comes back to it by itself.
    while (is_on_disk("canary") && std::chrono::steady_clock::now() - begun < Seconds{4})
        std::this_thread::sleep_for(Milliseconds{10});
    EXPECT_FALSE(is_on_disk("canary"));
}

TEST_F(SqliteStoreTest, TellsOfErasedRowsOnceTheLogIsWipedToo)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
    auto reader = *Database::open(folder_ / "test.db");
    ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM room"));
    ASSERT_TRUE(run_blocking(store->end_room(room.id, kNow)));
    EXPECT_TRUE(run_blocking(store->list_open_tombstones())->empty());
    ASSERT_TRUE(reader->execute("COMMIT"));
    auto const begun = std::chrono::steady_clock::now();
    while (run_blocking(store->list_open_tombstones())->empty() && std::chrono::steady_clock::now() - begun < Seconds{4})
        std::this_thread::sleep_for(Milliseconds{10});
    EXPECT_EQ(run_blocking(store->list_open_tombstones())->size(), 1U);
    EXPECT_FALSE(is_on_disk("canary"));
}

TEST_F(SqliteStoreTest, WipesAtItsStartWhatACrashLeftInTheLog)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
    auto reader = *Database::open(folder_ / "test.db");
    ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM room"));
    ASSERT_TRUE(run_blocking(store->end_room(room.id, kNow)));
    auto const crashed = copy_as_crashed();
    ASSERT_TRUE(is_in(crashed, "canary"));
    auto const after = *SqliteStore::open(crashed / "test.db");
    EXPECT_EQ(run_blocking(after->list_open_tombstones())->size(), 1U);
    EXPECT_FALSE(is_in(crashed, "canary"));
}

TEST_F(SqliteStoreTest, WritesOverItsLogBeforeItGivesUpTheBlocks)
{
    for (auto const wipe : {LogWipe::cut, LogWipe::overwrite}) {
        auto const folder = folder_ / (wipe == LogWipe::cut ? "cut" : "overwritten");
        auto const kept = folder / "kept";
        std::filesystem::create_directories(kept);
        auto const room = canary_room();
        {
            auto store = *SqliteStore::open(folder / "test.db", Durability::power_loss, wipe);
            ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
            // A second name shows what stands in the blocks when SQLite removes the first one.
            std::filesystem::create_hard_link(folder / "test.db-wal", kept / "log");
            ASSERT_TRUE(is_in(kept, "canary"));
        }
        EXPECT_EQ(is_in(kept, "canary"), wipe == LogWipe::cut);
        auto const again = *SqliteStore::open(folder / "test.db", Durability::power_loss, wipe);
        EXPECT_TRUE(run_blocking(again->find_room_by_id(room.id, kNow))) << "nothing is lost by it";
    }
}

TEST_F(SqliteStoreTest, KeepsSpaceForTheLogWhereverItWasCut)
{
    auto const reserved = [&] {
        struct stat status{};
        ::stat((folder_ / "test.db-wal").c_str(), &status);
        return static_cast<std::uint64_t>(status.st_blocks) * 512;
    };
    auto store = *SqliteStore::open(folder_ / "test.db");
    EXPECT_GE(reserved(), Database::kLogReserve.value);
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000)));
    ASSERT_TRUE(run_blocking(store->end_room(room.id, kNow)));
    ASSERT_TRUE(run_blocking(store->exchange("a", "b")));
    EXPECT_GE(reserved(), Database::kLogReserve.value);
}

TEST_F(SqliteStoreTest, NeverBringsBackWhatItSaidHadFailed)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    failing_syncs = 1;
    EXPECT_EQ(run_blocking(store->create_room(room, owner_of(room), 1000)).error().code, Errc::unavailable);
    EXPECT_EQ(failing_syncs, 0);
    auto const after = *SqliteStore::open(copy_as_crashed() / "test.db");
    auto const found = run_blocking(after->find_room_by_id(room.id, kNow));
    EXPECT_TRUE(!found && found.error().code == Errc::not_found);
    EXPECT_TRUE(run_blocking(store->create_room(room, owner_of(room), 1000))) << "and the next one is well";
}

TEST_F(SqliteStoreTest, StopsWhereItCantTellWhatIsCommitted)
{
    auto const store_on_a_dead_disk = [&] {
        auto store = *SqliteStore::open(folder_ / "test.db");
        failing_syncs = 1'000;
        auto const room = canary_room();
        (void)run_blocking(store->create_room(room, owner_of(room), 1000));
    };
    EXPECT_EXIT(store_on_a_dead_disk(), testing::KilledBySignal(SIGABRT), "");
}

TEST_F(SqliteStoreTest, WaitsWhereAnotherProcessIsWriting)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto other = *Database::open(folder_ / "test.db");
    ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
    auto release = std::thread{[&] {
        std::this_thread::sleep_for(Milliseconds{200});
        EXPECT_TRUE(other->execute("COMMIT"));
    }};
    auto const begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(run_blocking(store->exchange("a", "b")));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, Milliseconds{150});
    release.join();
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfANewerVersion)
{
    {
        auto database = Database::open(folder_ / "test.db");
        ASSERT_TRUE((*database)->execute("PRAGMA user_version=999"));
    }
    auto const refused = SqliteStore::open(folder_ / "test.db");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("newer version"), std::string::npos);
}

TEST_F(SqliteStoreTest, RefusesADatabaseThatLostATable)
{
    {
        auto store = *SqliteStore::open(folder_ / "test.db");
    }
    ASSERT_TRUE((*Database::open(folder_ / "test.db"))->execute("DROP TABLE session"));
    auto const refused = SqliteStore::open(folder_ / "test.db");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("move its folder away"), std::string::npos);
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase)
{
    std::ofstream{folder_ / "test.db"} << std::string(5000, 'x');
    EXPECT_FALSE(SqliteStore::open(folder_ / "test.db"));
}

}  // namespace
}  // namespace fleeting::sqlite
