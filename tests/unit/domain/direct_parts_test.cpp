#include "domain/direct_parts.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

constexpr auto kMiB = std::uint64_t{1} << 20;

TEST(DirectParts, AreOfEightMebibytesUntilTheirNumberRunsOut)
{
    EXPECT_EQ(part_size_for({1}), ByteCount{8 * kMiB});
    EXPECT_EQ(part_size_for({8 * kMiB * 10'000}), ByteCount{8 * kMiB});
    EXPECT_EQ(part_size_for({8 * kMiB * 10'000 + 1}), ByteCount{9 * kMiB});
    EXPECT_EQ(part_size_for({5 * kMiB * kMiB}), ByteCount{525 * kMiB}) << "S3's largest object";
}

TEST(DirectParts, AreNeverMoreThanS3Takes)
{
    for (auto const size : {std::uint64_t{1}, 8 * kMiB * 10'000 + 1, std::uint64_t{123'456'789'012}, 5 * kMiB * kMiB,
                            (std::uint64_t{1} << 53) - 1}) {
        auto const part = part_size_for({size});
        auto const count = part_count_of({size}, part);
        EXPECT_LE(count, 10'000U) << size;
        EXPECT_GE(count, 1U) << size;
        EXPECT_EQ((count - 1) * part.value + size_of_part({size}, part, count).value, size)
            << "they are the file, no more and no less";
    }
}

TEST(DirectParts, AreOfOneSizeButTheLast)
{
    auto const part = ByteCount{100};
    EXPECT_EQ(part_count_of({250}, part), 3U);
    EXPECT_EQ(size_of_part({250}, part, 1), part);
    EXPECT_EQ(size_of_part({250}, part, 2), part);
    EXPECT_EQ(size_of_part({250}, part, 3), ByteCount{50});
    EXPECT_EQ(part_count_of({200}, part), 2U);
    EXPECT_EQ(size_of_part({200}, part, 2), part);
    EXPECT_EQ(part_count_of({1}, part), 1U);
    EXPECT_EQ(size_of_part({1}, part, 1), ByteCount{1});
}

}  // namespace
}  // namespace fleeting
