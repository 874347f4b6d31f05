#include "s3/plan.hpp"

#include "crypto/random.hpp"
#include "s3/names.hpp"

#include <gtest/gtest.h>

namespace fleeting::s3 {
namespace {

constexpr auto kMiB = std::uint64_t{1} << 20;

std::vector<Range> ranges_of_sizes(std::vector<std::uint64_t> const& sizes)
{
    auto ranges = std::vector<Range>{};
    for (auto const size : sizes)
        ranges.push_back({"o" + std::to_string(ranges.size()), {7}, {size}});
    return ranges;
}

/// All of it, in order, in parts that S3 takes.
void expect_sound(std::vector<std::uint64_t> const& sizes)
{
    auto const ranges = ranges_of_sizes(sizes);
    auto const parts = plan_parts(ranges);
    auto at = std::size_t{0};
    auto done = std::uint64_t{0};
    for (auto const& part : parts) {
        EXPECT_TRUE(size_of(part).value >= 5 * kMiB || &part == &parts.back());
        EXPECT_LE(size_of(part).value, std::uint64_t{1} << 30);
        for (auto const& piece : part) {
            while (done == ranges[at].size.value) {
                ++at;
                done = 0;
            }
            EXPECT_EQ(piece.object, ranges[at].object);
            EXPECT_EQ(piece.begin.value, 7 + done);
            done += piece.size.value;
        }
    }
    EXPECT_TRUE(ranges.empty() || (at == ranges.size() - 1 && done == ranges.back().size.value));
}

TEST(Plan, CopiesWhatIsLargeAndPutsTogetherWhatIsSmall)
{
    auto const parts = plan_parts(ranges_of_sizes({8 * kMiB, kMiB, kMiB, 8 * kMiB, 3 * kMiB}));
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(parts[0].size(), 1U);
    EXPECT_EQ(parts[1].size(), 3U);
    EXPECT_EQ(parts[2].size(), 1U);
    EXPECT_EQ(parts[3].size(), 1U);
}

TEST(Plan, KeepsS3sLimitsWhateverTheSizes)
{
    expect_sound({});
    expect_sound({1});
    expect_sound({5 * kMiB});
    expect_sound({kMiB, 20 * kMiB});
    expect_sound({kMiB, 20 * kMiB, kMiB, kMiB});
    expect_sound({std::uint64_t{5} << 30, 1, std::uint64_t{3} << 30});
    for (auto round = 0; round < 200; ++round) {
        auto sizes = std::vector<std::uint64_t>{};
        for (auto left = crypto::random_below(30); left > 0; --left)
            sizes.push_back(crypto::random_below(round % 2 == 0 ? 6 << 20 : 20 << 20) + 1);
        expect_sound(sizes);
    }
}

TEST(Names, AreReadAsTheyAreWritten)
{
    auto const names = Names{"a/"};
    auto const key = crypto::random_id<BlobKey>();
    EXPECT_EQ(names.parse(names.of(key)), (std::pair{key, kWhole}));
    EXPECT_EQ(names.parse(names.of(key, 0xff)), (std::pair{key, std::uint64_t{0xff}}));
    for (auto const& foreign : {"b/" + key.hex(), "a/" + key.hex() + ".", "a/" + key.hex() + ".0000000000000000",
                                "a/" + key.hex() + "x0000000000000001", std::string{"a/readme"}, std::string{}})
        EXPECT_FALSE(names.parse(foreign)) << foreign;
}

}  // namespace
}  // namespace fleeting::s3
