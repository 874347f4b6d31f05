// What every SegmentStore promises: the list of a growing blob's objects, and that one node at a time appends to it.

#include "contract/metadata_backends.hpp"

#include <thread>

namespace fleeting {
namespace {

template <class Backend>
class SegmentStoreContract : public MetadataStoreContract<Backend> {
protected:
    std::vector<Segment> all() { return *run_blocking(this->store().find_segments(blob_)); }
    Result<> append(std::uint64_t at, std::uint64_t size, std::uint64_t object)
    {
        return run_blocking(this->store().append_segment(blob_, {{at}, {size}, object}));
    }

    BlobKey blob_ = crypto::random_id<BlobKey>();
};

TYPED_TEST_SUITE(SegmentStoreContract, MetadataBackends);

TYPED_TEST(SegmentStoreContract, GrowsABlobAtItsEndOnly)
{
    EXPECT_TRUE(this->all().empty());
    EXPECT_EQ(this->append(1, 5, 7).error().code, Errc::upload_busy);
    ASSERT_TRUE(this->append(0, 5, 7));
    EXPECT_EQ(this->append(0, 3, 8).error().code, Errc::upload_busy);
    ASSERT_TRUE(this->append(5, 3, (std::uint64_t{1} << 63) - 1));
    EXPECT_EQ(this->all(), (std::vector{Segment{{0}, {5}, 7}, Segment{{5}, {3}, (std::uint64_t{1} << 63) - 1}}));
}

TYPED_TEST(SegmentStoreContract, CutsABlobWhereItIsTold)
{
    for (auto i = 0U; i < 3; ++i)
        ASSERT_TRUE(this->append(i * 10, 10, i + 1));
    ASSERT_TRUE(run_blocking(this->store().cut_segments(this->blob_, {30}, {15})));
    EXPECT_EQ(this->all(), (std::vector{Segment{{0}, {10}, 1}, Segment{{10}, {5}, 2}}));
    ASSERT_TRUE(this->append(15, 1, 9));
    EXPECT_EQ(run_blocking(this->store().cut_segments(this->blob_, {15}, {0})).error().code, Errc::upload_busy)
        << "another node has appended meanwhile";
    ASSERT_TRUE(run_blocking(this->store().cut_segments(this->blob_, {16}, {0})));
    EXPECT_TRUE(this->all().empty());
}

TYPED_TEST(SegmentStoreContract, PutsOneInThePlaceOfAll)
{
    ASSERT_TRUE(this->append(0, 5, 1));
    ASSERT_TRUE(this->append(5, 5, 2));
    auto const known = this->all();
    auto const whole = Segment{{0}, {10}, 0};
    auto const replace = [&] { return run_blocking(this->store().replace_segments(this->blob_, known, whole)); };
    ASSERT_TRUE(this->append(10, 1, 3));
    EXPECT_EQ(replace().error().code, Errc::upload_busy) << "another node has appended meanwhile";
    ASSERT_TRUE(run_blocking(this->store().cut_segments(this->blob_, {11}, {10})));
    ASSERT_TRUE(replace());
    EXPECT_TRUE(replace()) << "told twice";
    EXPECT_EQ(this->all(), std::vector{whole});
    EXPECT_EQ(this->append(0, 10, 4).error().code, Errc::upload_busy) << "a node that knows nothing of it writes over it";
    ASSERT_TRUE(this->append(10, 1, 5));
    EXPECT_EQ(replace().error().code, Errc::upload_busy);
}

TYPED_TEST(SegmentStoreContract, RemovesSegmentsOfThoseBlobsOnly)
{
    auto const other = crypto::random_id<BlobKey>();
    ASSERT_TRUE(this->append(0, 5, 1));
    ASSERT_TRUE(run_blocking(this->store().append_segment(other, {{0}, {1}, 2})));
    ASSERT_TRUE(run_blocking(this->store().remove_segments({this->blob_, crypto::random_id<BlobKey>()})));
    EXPECT_TRUE(this->all().empty());
    EXPECT_EQ(run_blocking(this->store().find_segments(other))->size(), 1U);
}

TYPED_TEST(SegmentStoreContract, LetsOneOfManyAppend)
{
    auto succeeded = std::atomic<int>{0};
    auto threads = std::vector<std::thread>{};
    for (auto i = 1U; i <= 8; ++i)
        threads.emplace_back([&, i] { succeeded += this->append(0, 10, i).has_value() ? 1 : 0; });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(succeeded, 1);
    EXPECT_EQ(this->all().size(), 1U);
}

}  // namespace
}  // namespace fleeting
