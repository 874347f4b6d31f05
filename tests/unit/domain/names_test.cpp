#include "domain/names.hpp"

#include "domain/generated.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace fleeting {
namespace {

std::string key_of(std::string_view text)
{
    auto const name = parse_room_name(text);
    return name ? name->key : "refused: " + name.error().field;
}

TEST(RoomName, IsComparedFoldedInEveryScript)
{
    EXPECT_EQ(key_of("Calm-Otter_42.b"), "calm-otter_42.b");
    EXPECT_EQ(key_of("ＡＢＣ"), "abc");
    EXPECT_EQ(key_of("Straße"), "strasse");
    EXPECT_EQ(key_of("ﬁn"), "fin");
    EXPECT_EQ(key_of("e\u0301"), key_of("\u00e9"));
    for (auto const* name :
         {"Ελλάδα", "москва", "教室", "きょうしつ", "교실", "कक्षा", "غرفة", "חדר", "ห้องเรียน", "Phòng", "ክፍል", "7"})
        EXPECT_TRUE(parse_room_name(name)) << name;
}

TEST(RoomName, RefusesWhatCannotBeSaidOrIsOurs)
{
    for (auto const* name :
         {"",        " ",        "a b",        "a/b",     "a\tb", ".",    "..",       "...",    "api",      "API",
          "d",       "Assets",   "robots.txt", "healthz", "a?b",  "a#b",  "a%b",      "\u200b", "a\u200db", "a\u202eb",
          "\u0301a", "a\u00adb", "😀",         "a@b",     "a:b",  "\xff", "\xc0\xaf", "a\\b"})
        EXPECT_EQ(key_of(name), "refused: name") << name;
    EXPECT_EQ(key_of(std::string{"a\0b", 3}), "refused: name");
    EXPECT_EQ(key_of(std::string(64, 'a')), std::string(64, 'a'));
    EXPECT_EQ(key_of(std::string(65, 'a')), "refused: name");
    EXPECT_EQ(key_of(std::string(1'000'000, 'a')), "refused: name");
}

TEST(FileName, KeepsScriptAndFolder)
{
    EXPECT_EQ(*parse_file_name("notes/week 1/α.pdf"), "notes/week 1/α.pdf");
    EXPECT_EQ(*parse_file_name("e\u0301"), "\u00e9");
    EXPECT_EQ(*parse_file_name("...a"), "...a");
    for (auto const* name :
         {"", ".", "..", "a/..", "../a", "a//b", "/a", "a/", "a/./b", "a\nb", "a\x7f", "a\u0085", "a\u2028", "\xff"})
        EXPECT_FALSE(parse_file_name(name)) << name;
    EXPECT_TRUE(parse_file_name(std::string(255, 'a')));
    EXPECT_FALSE(parse_file_name(std::string(256, 'a')));
    EXPECT_EQ(parse_file_name("..").error().field, "filename");
}

TEST(FileName, GetsANumberBeforeItsEnding)
{
    EXPECT_EQ(numbered_name("notes.pdf", 2), "notes (2).pdf");
    EXPECT_EQ(numbered_name("a.b/notes", 3), "a.b/notes (3)");
    EXPECT_EQ(numbered_name("x/a.tar.gz", 2), "x/a (2).tar.gz");
    EXPECT_EQ(numbered_name(".profile", 2), ".profile (2)");
    auto const longest = std::string(251, 'a') + ".pdf";
    EXPECT_EQ(numbered_name(longest, 12).size(), 255U);
    auto alphas = std::string{};
    for (auto i = 0; i < 127; ++i)
        alphas += "α";
    EXPECT_TRUE(parse_file_name(numbered_name(alphas, 2)));
    auto folder = std::string{};
    while (folder.size() < 1020) {
        folder += "abcdefghi/";
        for (auto const* file :
             {"n", "n.tar.bz2", "long enough to be cut somewhere in the middle of it, and so it will be.pdf"}) {
            auto const name = parse_file_name(folder + file);
            if (name)
                EXPECT_TRUE(parse_file_name(numbered_name(*name, 4'294'967'295U))) << folder.size() << ' ' << file;
        }
    }
    EXPECT_TRUE(parse_file_name(std::string(240, 'a') + '/' + std::string(240, 'a') + '/' + std::string(240, 'a') + '/' +
                                std::string(237, 'a') + "/n"));
    EXPECT_FALSE(parse_file_name(std::string(240, 'a') + '/' + std::string(240, 'a') + '/' + std::string(240, 'a') + '/' +
                                 std::string(238, 'a') + "/n"));
}

TEST(Password, IsHashedInOneForm)
{
    EXPECT_EQ(*parse_password("passwo\u0301rd"), "passw\u00f3rd");
    EXPECT_FALSE(parse_password("1234567"));
    EXPECT_FALSE(parse_password(std::string{"12345678\0", 9}));
    EXPECT_FALSE(parse_password(std::string(1025, 'a')));
    EXPECT_EQ(parse_password("short").error().code, Errc::invalid_password);
}

TEST(Nickname, IsTrimmedAndPlain)
{
    EXPECT_EQ(*parse_nickname("  Mara Müller "), "Mara Müller");
    for (auto const* name : {"", "   ", "a\nb", "\x1b[31m"})
        EXPECT_FALSE(parse_nickname(name)) << name;
    EXPECT_FALSE(parse_nickname(std::string(41, 'a')));
}

TEST(MediaType, IsKeptOnlyInForm)
{
    EXPECT_EQ(to_media_type("image/svg+xml"), "image/svg+xml");
    for (auto const* type : {"", "text", "/", "a/", "/b", "text/html; charset=x", "a b/c", "text/ht\rml"})
        EXPECT_EQ(to_media_type(type), "application/octet-stream") << type;
}

TEST(Generated, NamesAreRoomNamesAndPasswordsHaveFiftyOneBits)
{
    auto engine = std::mt19937{1};  // a test's own randomness
    auto const below = [&](std::uint32_t bound) { return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(engine); };
    for (auto i = 0; i < 2000; ++i) {
        EXPECT_TRUE(parse_room_name(generate_room_name(below)));
        EXPECT_TRUE(parse_password(generate_password(below)));
        EXPECT_TRUE(parse_nickname(generate_nickname(below)));
    }
    auto const& words = password_words();
    EXPECT_EQ(std::set<std::string_view>(words.begin(), words.end()).size(), words.size());
    EXPECT_GE(4 * std::log2(static_cast<double>(words.size())), 51);
}

}  // namespace
}  // namespace fleeting
