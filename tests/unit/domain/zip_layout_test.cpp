#include "domain/zip_layout.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

auto const kWhen = Instant{Milliseconds{1'700'000'000'000}};  // 2023-11-14 22:13:20 UTC
constexpr auto kMax32 = std::uint64_t{0xFFFFFFFF};

ZipEntry entry(std::string name, std::uint64_t size)
{
    return {std::move(name), {size}, 0x12345678, kWhen};
}

/// The little-endian number of `bytes` bytes at `at`.
std::uint64_t number(std::string const& record, std::size_t at, unsigned bytes)
{
    auto value = std::uint64_t{0};
    for (auto i = bytes; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(record.at(at + i));
    return value;
}

/// What the layout says is there, against what its records come to.
void expect_exact(ZipLayout const& zip)
{
    auto at = ByteOffset{0};
    for (auto i = std::size_t{0}; i < zip.entries().size(); ++i) {
        ASSERT_EQ(zip.begin_of(i), at);
        at = at + ByteCount{zip.local_header(i).size()} + zip.entries()[i].size;
    }
    ASSERT_EQ(zip.directory_begin(), at);
    for (auto i = std::size_t{0}; i < zip.entries().size(); ++i)
        at = at + ByteCount{zip.directory_header(i).size()};
    EXPECT_EQ(zip.size().value, at.value + zip.end_records().size());
}

TEST(ZipLayout, IsExactToTheByte)
{
    expect_exact(ZipLayout{{}});
    expect_exact(ZipLayout{{entry("a", 0), entry("ordner/ä.txt", 5)}});
    expect_exact(ZipLayout{{entry("below", kMax32 - 1), entry("at", kMax32), entry("behind", 7), entry("last", 1ULL << 40)}});
}

TEST(ZipLayout, FindsTheEntryOfEachByte)
{
    auto const zip = ZipLayout{{entry("a", 0), entry("b", 10)}};
    EXPECT_EQ(zip.entry_at({0}), 0U);
    EXPECT_EQ(zip.entry_at({zip.begin_of(1).value - 1}), 0U);
    EXPECT_EQ(zip.entry_at(zip.begin_of(1)), 1U);
    EXPECT_EQ(zip.entry_at({zip.directory_begin().value - 1}), 1U);
    EXPECT_EQ(zip.entry_at(zip.directory_begin()), 2U);
    EXPECT_EQ(ZipLayout{{}}.entry_at({0}), 0U);
}

TEST(ZipLayout, TellsSizesAndChecksumBeforeTheBytes)
{
    auto const header = ZipLayout{{entry("a.txt", 5)}}.local_header(0);
    EXPECT_EQ(number(header, 0, 4), 0x04034b50U);
    EXPECT_EQ(number(header, 6, 2), 1U << 11) << "UTF-8 names, and no data descriptor";
    EXPECT_EQ(number(header, 8, 2), 0U) << "stored";
    EXPECT_EQ(number(header, 14, 4), 0x12345678U);
    EXPECT_EQ(number(header, 18, 4), 5U);
    EXPECT_EQ(number(header, 22, 4), 5U);
    EXPECT_EQ(header.substr(30, 5), "a.txt");
}

TEST(ZipLayout, TellsTheTimeInBothWays)
{
    auto const header = ZipLayout{{entry("a", 5)}}.local_header(0);
    EXPECT_EQ(number(header, 10, 2), 22U << 11 | 13U << 5 | 10U);
    EXPECT_EQ(number(header, 12, 2), (2023U - 1980) << 9 | 11U << 5 | 14U);
    EXPECT_EQ(number(header, 31, 2), 0x5455U);
    EXPECT_EQ(number(header, 36, 4), 1'700'000'000U);
    auto old = entry("a", 5);
    old.modified_at = Instant{Milliseconds{-1}};
    EXPECT_EQ(number(ZipLayout{{old}}.local_header(0), 12, 2), 1U << 5 | 1U) << "MS-DOS begins in 1980";
    EXPECT_EQ(number(ZipLayout{{old}}.local_header(0), 36, 4), 0U);
}

TEST(ZipLayout, SaysThatEveryEntryIsARegularFile)
{
    auto const header = ZipLayout{{entry("a", 5)}}.directory_header(0);
    EXPECT_EQ(number(header, 4, 2) >> 8, 3U) << "Unix";
    EXPECT_EQ(number(header, 38, 4), 0100644U << 16);
}

TEST(ZipLayout, TurnsToZip64ForASizeOf32BitsOrMore)
{
    auto const zip = ZipLayout{{entry("a", 1), entry("b", kMax32)}};
    EXPECT_EQ(number(zip.local_header(0), 4, 2), 20U);
    EXPECT_EQ(number(zip.local_header(0), 18, 4), 1U);
    EXPECT_EQ(number(ZipLayout{{entry("a", kMax32 - 1)}}.local_header(0), 18, 4), kMax32 - 1);
    auto const large = zip.local_header(1);
    EXPECT_EQ(number(large, 4, 2), 45U);
    EXPECT_EQ(number(large, 18, 4), kMax32);
    EXPECT_EQ(number(large, 30 + 1 + 9, 2), 1U);
    EXPECT_EQ(number(large, 30 + 1 + 9 + 4, 8), kMax32);
    EXPECT_EQ(number(large, 30 + 1 + 9 + 12, 8), kMax32);
    auto const listed = zip.directory_header(1);
    EXPECT_EQ(number(listed, 46 + 1 + 9 + 2, 2), 16U) << "its own offset still fits";
    EXPECT_EQ(number(listed, 42, 4), zip.begin_of(1).value);
}

TEST(ZipLayout, TurnsToZip64ForAnOffsetOf32BitsOrMore)
{
    auto const zip = ZipLayout{{entry("a", kMax32 - 1), entry("b", 1)}};
    auto const listed = zip.directory_header(1);
    EXPECT_EQ(number(listed, 42, 4), kMax32);
    EXPECT_EQ(number(listed, 24, 4), 1U) << "its size still fits";
    EXPECT_EQ(number(listed, 46 + 1 + 9 + 2, 2), 8U);
    EXPECT_EQ(number(listed, 46 + 1 + 9 + 4, 8), zip.begin_of(1).value);
    auto const end = zip.end_records();
    EXPECT_EQ(number(end, 0, 4), 0x06064b50U);
    EXPECT_EQ(number(end, 48, 8), zip.directory_begin().value);
    EXPECT_EQ(number(end, end.size() - 22 + 16, 4), kMax32);
}

TEST(ZipLayout, TurnsToZip64ForMoreEntriesThan16BitsCount)
{
    auto entries = std::vector<ZipEntry>(65'534, entry("a", 0));
    EXPECT_EQ(ZipLayout{entries}.end_records().size(), 22U);
    entries.push_back(entry("a", 0));
    auto const zip = ZipLayout{entries};
    auto const end = zip.end_records();
    ASSERT_EQ(end.size(), 56U + 20 + 22);
    EXPECT_EQ(number(end, 24, 8), 65'535U);
    EXPECT_EQ(number(end, 32, 8), 65'535U);
    EXPECT_EQ(number(end, 56, 4), 0x07064b50U);
    EXPECT_EQ(number(end, 56 + 8, 8), zip.size().value - end.size());
    EXPECT_EQ(number(end, 76 + 8, 2), 0xFFFFU);
    expect_exact(zip);
}

}  // namespace
}  // namespace fleeting
