#include "disk/tombstone_folder.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace fleeting::disk {
namespace {

constexpr auto kNow = Instant{Milliseconds{1'700'000'000'000}};

class TombstoneFolders : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder_.parent_path()); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::unique_ptr<TombstoneFolder> open() { return *TombstoneFolder::open(folder_, pool_, true); }
    std::vector<EndedMark> listed() { return *run_blocking(open()->list()); }
    void keep(std::vector<EndedMark> marks, Instant until) { ASSERT_TRUE(run_blocking(open()->keep(std::move(marks), until))); }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    BlockingPool pool_{"disk", 1, 10};
    EndedMark one_{crypto::random_id<RoomId>(), kNow};
    EndedMark other_{crypto::random_id<RoomId>(), kNow + Seconds{1}};
};

TEST_F(TombstoneFolders, KeepMarksAcrossRestarts)
{
    keep({one_, other_}, kNow + Seconds{60});
    auto const marks = listed();
    ASSERT_EQ(marks.size(), 2U);
    EXPECT_EQ(marks.front().room, one_.room);
    EXPECT_EQ(marks.back().room, other_.room);
    EXPECT_EQ(marks.back().ended_at, kNow + Seconds{1});
}

TEST_F(TombstoneFolders, LoseNothingToAnOlderCopyLaidOverThem)
{
    keep({one_}, kNow + Seconds{60});
    auto const copy = folder_.string() + "-copy";
    std::filesystem::copy(folder_, copy);
    keep({other_}, kNow + Seconds{60});
    std::filesystem::copy(copy, folder_, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove_all(copy);
    EXPECT_EQ(listed().size(), 2U);
}

TEST_F(TombstoneFolders, EraseMarksWhoseTimeIsUp)
{
    keep({one_}, kNow + Seconds{60});
    keep({other_}, kNow + Seconds{61});
    ASSERT_TRUE(run_blocking(open()->forget(kNow + Seconds{60})));
    auto const left = listed();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().room, other_.room);
}

TEST_F(TombstoneFolders, PassOverWhatIsNoneOfTheirs)
{
    keep({one_}, kNow);
    std::ofstream{folder_ / "README"} << "hello\n";
    std::ofstream{folder_ / ("1-" + other_.room.hex() + ".part")} << "half a li";
    std::ofstream{folder_ / ("1-" + other_.room.hex())} << "no mark\n" << other_.room.hex() << " 5\n";
    EXPECT_EQ(listed().size(), 2U);
    ASSERT_TRUE(run_blocking(open()->forget(kNow + Seconds{1})));
    EXPECT_TRUE(listed().empty());
    EXPECT_TRUE(std::filesystem::exists(folder_ / "README"));
}

TEST_F(TombstoneFolders, EraseWhatACrashLeftUnfinishedOnceItsTimeIsUp)
{
    keep({one_}, kNow);
    auto const unfinished = folder_ / (std::to_string(kNow.time_since_epoch().count()) + '-' + other_.room.hex() + ".part");
    std::ofstream{unfinished} << "half a li";
    ASSERT_TRUE(run_blocking(open()->forget(kNow - Milliseconds{1})));
    EXPECT_TRUE(std::filesystem::exists(unfinished)) << "it may be in the writing";
    ASSERT_TRUE(run_blocking(open()->forget(kNow)));
    EXPECT_FALSE(std::filesystem::exists(unfinished));
}

TEST_F(TombstoneFolders, RefuseAFolderThatOthersMayWriteInto)
{
    keep({one_}, kNow);
    std::filesystem::permissions(folder_, std::filesystem::perms::others_write, std::filesystem::perm_options::add);
    auto const refused = TombstoneFolder::open(folder_, pool_, true);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("chmod 700"), std::string::npos);
}

}  // namespace
}  // namespace fleeting::disk
