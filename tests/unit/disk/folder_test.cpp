#include "disk/folder.hpp"

#include "base/ids.hpp"
#include "crypto/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fleeting::disk {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Folders : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(top_); }
    void TearDown() override { std::filesystem::remove_all(top_); }
    static std::string refusal_of(std::filesystem::path const& folder)
    {
        auto const opened = open_own_folder(folder, kDataFolder);
        return opened ? "opened" : opened.error().detail;
    }

    std::filesystem::path top_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
};

TEST_F(Folders, AreMadeForTheirOwnerAloneWhereTheyAreNot)
{
    for (auto const* name : {"plain", "slash/"}) {
        ASSERT_EQ(refusal_of(top_ / name), "opened");
        ASSERT_EQ(refusal_of(top_ / name), "opened") << "again, as it is there";
        EXPECT_EQ(std::filesystem::status(top_ / name).permissions(), std::filesystem::perms::owner_all);
    }
}

TEST_F(Folders, AreNotMadeInFoldersThatAreNotThere)
{
    for (auto const* name : {"typo/data", "typo/data/"})
        EXPECT_THAT(refusal_of(top_ / name), AllOf(HasSubstr("can't make the data folder " + (top_ / name).string()),
                                                   HasSubstr("mkdir -p " + (top_ / "typo").string())));
    EXPECT_FALSE(std::filesystem::exists(top_ / "typo"));
}

TEST_F(Folders, KnowWhatTheyLieIn)
{
    EXPECT_EQ(parent_of("data"), ".");
    EXPECT_EQ(parent_of("./data/"), ".");
    EXPECT_EQ(parent_of("/srv/data"), "/srv");
    EXPECT_EQ(parent_of("/data"), "/");
}

}  // namespace
}  // namespace fleeting::disk
