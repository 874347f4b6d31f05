#include "http/structured_fields.hpp"

#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

std::string text_of(std::vector<std::byte> const& bytes)
{
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

TEST(StructuredFields, AreBooleans)
{
    EXPECT_EQ(parse_sf_boolean("?1"), true);
    EXPECT_EQ(parse_sf_boolean("?0"), false);
    EXPECT_EQ(parse_sf_boolean("?1;why=\"last\";n"), true);
    for (auto const* field : {"", "?", "?2", "1", "true", "?1, ?0", "?1x", "??1", "?1;", "?1;A", "?1\t"})
        EXPECT_EQ(parse_sf_boolean(field), std::nullopt) << field;
}

TEST(StructuredFields, AreSizes)
{
    EXPECT_EQ(parse_sf_size("0"), 0U);
    EXPECT_EQ(parse_sf_size("999999999999999"), 999'999'999'999'999U);
    EXPECT_EQ(parse_sf_size("100;a=1"), 100U);
    EXPECT_EQ(parse_sf_size("007"), 7U);
    for (auto const* field : {"", "-1", "1.0", "1000000000000000", "1,2", "+1", "0x10", "1 2", "\"1\"", "9223372036854775807"})
        EXPECT_EQ(parse_sf_size(field), std::nullopt) << field;
}

TEST(StructuredFields, AreByteSequencesByName)
{
    auto const digests = parse_sf_byte_sequences("sha-256=:aGVsbG8=:, crc=12, sha-512=:d29ybGQ=:;q=0.5, flag");
    ASSERT_TRUE(digests);
    EXPECT_EQ(digests->size(), 2U);
    EXPECT_EQ(text_of(digests->at("sha-256")), "hello");
    EXPECT_EQ(text_of(digests->at("sha-512")), "world");
    EXPECT_EQ(text_of(parse_sf_byte_sequences("a=:aGVsbG8=:, a=:d29ybGQ=:")->at("a")), "world");
    EXPECT_TRUE(parse_sf_byte_sequences("a=(1 :aGVsbG8=:);x")->empty());
    for (auto const* field : {"a=:aGVsbG8", "a=:!:", "A=:aGVsbG8=:", "a=:aGVsbG8=:,", "a=:aGVsbG8=: b=1", "=:aGVsbG8=:", "a=\"x"})
        EXPECT_EQ(parse_sf_byte_sequences(field), std::nullopt) << field;
}

TEST(StructuredFields, ReadBackTheBytesTheyWrite)
{
    auto const bytes = std::vector{std::byte{0}, std::byte{0xFF}, std::byte{0x10}, std::byte{0x20}};
    auto const field = "x=" + to_sf_bytes(bytes);
    EXPECT_EQ(parse_sf_byte_sequences(field)->at("x"), bytes);
}

}  // namespace
}  // namespace fleeting::http
