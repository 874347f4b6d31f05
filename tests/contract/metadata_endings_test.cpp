// What every MetadataStore promises of how rooms end.

#include "base/clock.hpp"
#include "metadata_backends.hpp"

#include <functional>
#include <future>
#include <set>
#include <thread>

namespace fleeting {
namespace {

template <class Backend>
using MetadataEndingsContract = MetadataStoreContract<Backend>;
TYPED_TEST_SUITE(MetadataEndingsContract, MetadataBackends);

/// Somebody else does something while a change holds its room.
class ClockOfAChange final : public Clock {
public:
    ClockOfAChange(Instant now, std::function<void()> meanwhile) : now_(now), meanwhile_(std::move(meanwhile)) {}
    [[nodiscard]] Instant now() const override
    {
        meanwhile_();
        return now_;
    }

private:
    Instant now_;
    std::function<void()> meanwhile_;
};

TYPED_TEST(MetadataEndingsContract, TellsNoRoomToBeDueThatIsJustGivenMoreTime)
{
    auto const room = this->open_room("lab");
    auto due = std::future<Result<std::vector<RoomId>>>{};
    auto const clock = ClockOfAChange{
        room.expires_at - Milliseconds{1}, [&] {
            due = std::async(std::launch::async, [&] { return run_blocking(this->store().due_rooms(room.expires_at, 10)); });
            std::this_thread::sleep_for(Milliseconds{100});
        }};
    auto change = RoomChange{};
    change.expires_at = room.expires_at + Seconds{60};
    EXPECT_TRUE(run_blocking(this->store().change_room(room.id, change, clock)));
    auto const told = due.get();
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->empty());
    EXPECT_EQ(run_blocking(this->store().due_rooms(*change.expires_at, 10))->size(), 1U);
}

TYPED_TEST(MetadataEndingsContract, ExpiresRoomsInBatchesAndLeavesAPurgeForEachBlob)
{
    auto blobs = std::set<BlobKey>{};
    for (auto i = 0; i < 5; ++i) {
        auto const room = this->open_room("r" + std::to_string(i), kNow + Seconds{i + 1});
        blobs.insert(this->put(room, "a", 1).blob);
    }
    EXPECT_EQ(run_blocking(this->store().next_expiry()), kNow + Seconds{1});
    // Each of them is a room and a file.
    EXPECT_EQ(run_blocking(this->store().expire_rooms(kNow + Seconds{4}, 6))->size(), 3U);
    EXPECT_EQ(run_blocking(this->store().expire_rooms(kNow + Seconds{4}, 6))->size(), 1U);
    EXPECT_TRUE(run_blocking(this->store().expire_rooms(kNow + Seconds{4}, 6))->empty());
    EXPECT_EQ(run_blocking(this->store().next_expiry()), kNow + Seconds{5});
    auto purges = run_blocking(this->store().due_purges(kNow + Seconds{9}, 100));
    ASSERT_EQ(purges->size(), 4U);
    EXPECT_TRUE(blobs.contains(purges->front().blob));
    ASSERT_TRUE(run_blocking(this->store().postpone_purge(purges->front().blob, kNow + Seconds{100})));
    EXPECT_EQ(run_blocking(this->store().due_purges(kNow + Seconds{9}, 100))->size(), 3U);
    ASSERT_TRUE(run_blocking(this->store().finish_purges({purges->at(1).blob, purges->at(2).blob})));
    EXPECT_EQ(run_blocking(this->store().due_purges(kNow + Seconds{9}, 100))->size(), 1U);
}

TYPED_TEST(MetadataEndingsContract, ExpiresARoomOfMoreFilesThanABatch)
{
    auto const room = this->open_room("lab", kNow + Seconds{1});
    for (auto i = 0; i < 5; ++i)
        this->put(room, "f" + std::to_string(i), 1);
    this->open_room("attic", kNow + Seconds{1});
    auto ended = std::size_t{0};
    for (auto batch = 0; batch < 2; ++batch)
        ended += run_blocking(this->store().expire_rooms(kNow + Seconds{2}, 2))->size();
    EXPECT_EQ(ended, 2U);
    EXPECT_EQ(run_blocking(this->store().due_purges(kNow + Seconds{9}, 100))->size(), 5U);
}

TYPED_TEST(MetadataEndingsContract, EndsARoomOnce)
{
    auto const room = this->open_room("lab");
    EXPECT_EQ(run_blocking(this->store().end_room(room.id, kNow))->display_name, "lab");
    EXPECT_EQ(run_blocking(this->store().end_room(room.id, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().find_room("lab", kNow)).error().code, Errc::not_found);
}

TYPED_TEST(MetadataEndingsContract, ClampsDeadlinesThatAWrongClockMade)
{
    this->open_room("lab", kNow + std::chrono::hours{100'000});
    ASSERT_TRUE(run_blocking(this->store().clamp_expiry(kNow + Seconds{5})));
    EXPECT_EQ(run_blocking(this->store().next_expiry()), kNow + Seconds{5});
}

}  // namespace
}  // namespace fleeting
