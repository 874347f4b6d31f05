#include "domain/portable_names.hpp"

#include <gtest/gtest.h>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace fleeting {
namespace {

TEST(PortableNames, GiveWayWhereWindowsRefuses)
{
    auto const cases = std::vector<std::pair<std::string, std::string>>{
        {"notes/week 1/α.pdf", "notes/week 1/α.pdf"},
        {"a<b>c:d\"e|f?g*h\\i", "a_b_c_d_e_f_g_h_i"},
        {"C:\\Windows", "C__Windows"},
        {"tab\there", "tab_here"},
        {"end.", "end_"},
        {"end ", "end_"},
        {"end. . ", "end. ._"},
        {"dir./file", "dir_/file"},
        {"..", "._"},
        {"../up", "._/up"},
        {"", "_"},
        {"a//b", "a/_/b"},
        {"CON", "_CON"},
        {"con.txt", "_con.txt"},
        {"Aux .tar.gz", "_Aux .tar.gz"},
        {"nul/nul", "_nul/_nul"},
        {"COM1", "_COM1"},
        {"com¹.log", "_com¹.log"},
        {"LPT0", "_LPT0"},
        {"CONIN$", "_CONIN$"},
        {"COMX", "COMX"},
        {"COM10", "COM10"},
        {"console", "console"},
    };
    for (auto const& [name, portable] : cases)
        EXPECT_EQ(portable_name(name), portable) << name;
}

TEST(PortableNames, AreCutBetweenCharacters)
{
    auto const name = portable_name("COM1" + std::string(249, 'x') + "ä");
    EXPECT_EQ(name, "COM1" + std::string(249, 'x') + "ä") << "255 bytes, and no device";
    EXPECT_EQ(portable_name("COM1." + std::string(248, 'x') + "ä"), "_COM1." + std::string(248, 'x'));
}

TEST(PortableNames, AreNumberedWhereCaseDoesNotCount)
{
    auto names = PortableNames{};
    EXPECT_EQ(names.unique("a.txt"), "a.txt");
    EXPECT_EQ(names.unique("A.TXT"), "A (2).TXT");
    EXPECT_EQ(names.unique("a.txt"), "a (3).txt");
    EXPECT_EQ(names.unique("straße"), "straße");
    EXPECT_EQ(names.unique("STRASSE"), "STRASSE (2)");
    EXPECT_EQ(names.unique("Α"), "Α");
    EXPECT_EQ(names.unique("α"), "α (2)");
}

TEST(PortableNames, AreNumberedOnHoweverManyMeet)
{
    auto names = PortableNames{};
    EXPECT_EQ(names.unique("scan (3).pdf"), "scan (3).pdf");
    EXPECT_EQ(names.unique("scan.pdf"), "scan.pdf");
    EXPECT_EQ(names.unique("SCAN.pdf"), "SCAN (2).pdf");
    EXPECT_EQ(names.unique("Scan.pdf"), "Scan (4).pdf") << "its third number is somebody's name";
    for (auto n = 5; n <= 20'000; ++n)
        ASSERT_EQ(names.unique("scan.pdf"), "scan (" + std::to_string(n) + ").pdf");
}

TEST(PortableNames, StayUniqueWhereTheNumberCutsThemToTheSame)
{
    auto names = PortableNames{};
    auto seen = std::unordered_set<std::string>{};
    for (auto n = 0; n < 20'000; ++n) {
        auto const tail = std::to_string(100'000 + n / 2);  // each twice, and unlike only where a number takes its place
        ASSERT_TRUE(seen.insert(names.unique(std::string(249, 'x') + tail)).second) << n;
    }
}

TEST(PortableNames, LeaveFoldersTheirName)
{
    auto names = PortableNames{};
    names.add_folders_of("a/b/c");
    EXPECT_EQ(names.unique("a/b/c"), "a/b/c");
    EXPECT_EQ(names.unique("A"), "A (2)");
    EXPECT_EQ(names.unique("a/B"), "a/B (2)");
}

}  // namespace
}  // namespace fleeting
