#include "sqlite/sqlite_store.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <thread>

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
    bool is_on_disk(std::string const& text) const
    {
        for (auto const& entry : std::filesystem::directory_iterator{folder_}) {
            auto file = std::ifstream{entry.path(), std::ios::binary};
            if (std::string{std::istreambuf_iterator<char>{file}, {}}.find(text) != std::string::npos)
                return true;
        }
        return false;
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
};

TEST_F(SqliteStoreTest, LeavesNothingOfAnEndedRoomInItsFiles)
{
    auto store = *SqliteStore::open(folder_ / "test.db");
    auto const room = canary_room();
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room))));
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
    ASSERT_TRUE(run_blocking(store->create_room(room, owner_of(room))));
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

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase)
{
    std::ofstream{folder_ / "test.db"} << std::string(5000, 'x');
    EXPECT_FALSE(SqliteStore::open(folder_ / "test.db"));
}

}  // namespace
}  // namespace fleeting::sqlite
