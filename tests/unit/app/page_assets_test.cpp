#include "app/page_assets.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace fleeting::app {
namespace {

/// A folder with a built page, gone with the test.
class PageFolder {
public:
    PageFolder()
    {
        auto name = (std::filesystem::temp_directory_path() / "fleeting-page-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
        write("index.html", "<base href=\"%BASE%/\"><script src=\"%BASE%/assets/app.js\"></script>");
    }
    ~PageFolder() { std::filesystem::remove_all(path_); }
    void write(std::string const& name, std::string_view text) const { std::ofstream{path_ / name} << text; }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::string text_of(http::Asset const* asset)
{
    return asset == nullptr ? "nothing"
                            : std::string{reinterpret_cast<char const*>(asset->identity.data()), asset->identity.size()};
}

TEST(PageAssets, PutTheBasePathIntoThePage)
{
    auto const folder = PageFolder{};
    EXPECT_EQ(text_of(PageAssets{"/files", folder.path()}.find("index.html")),
              "<base href=\"/files/\"><script src=\"/files/assets/app.js\"></script>");
    EXPECT_EQ(text_of(PageAssets{"", folder.path()}.find("index.html")),
              "<base href=\"/\"><script src=\"/assets/app.js\"></script>");
}

TEST(PageAssets, LeaveOtherFilesAsTheyAre)
{
    auto const folder = PageFolder{};
    folder.write("app.js", "'%BASE%'");
    auto const assets = PageAssets{"/files", folder.path()};
    EXPECT_EQ(text_of(assets.find("app.js")), "'%BASE%'");
    EXPECT_EQ(assets.find("app.js")->media_type, "text/javascript; charset=utf-8");
}

TEST(PageAssets, FollowTheFolderAndKeepWhatIsStillBeingSent)
{
    auto const folder = PageFolder{};
    auto const assets = PageAssets{"", folder.path()};
    folder.write("app.js", "old");
    auto const* const old = assets.find("app.js");
    folder.write("app.js", "new");
    auto const* const fresh = assets.find("app.js");
    EXPECT_EQ(text_of(old), "old");
    EXPECT_EQ(text_of(fresh), "new");
    EXPECT_NE(old->etag, fresh->etag);
}

TEST(PageAssets, StayInsideTheFolder)
{
    auto const folder = PageFolder{};
    auto const assets = PageAssets{"", folder.path()};
    EXPECT_EQ(assets.find("../../../../etc/passwd"), nullptr);
    EXPECT_EQ(assets.find("."), nullptr) << "a folder is no file";
    EXPECT_EQ(assets.find("absent.js"), nullptr);
}

}  // namespace
}  // namespace fleeting::app
