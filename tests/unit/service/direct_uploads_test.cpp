// Direct uploads where two do something at one time, or the store does what it shouldn't. What a store does by itself is tested
// on a real one: tests/protocol/direct.test.mjs.

#include "support/world.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting {
namespace {

/// Makes whole blobs of parts that nobody has sent, in the folder, and does what a test asks for meanwhile.
class Store final : public DirectUploads {
public:
    explicit Store(World& world) : world_(world) {}
    std::function<Task<>()> while_it_is_made;
    std::function<void()> before_it_is_made;
    std::function<void()> after_it_is_made;
    std::optional<Errc> answer;  ///< instead of success
    PartLink mutable last;
    int completed = 0;

    Task<std::string> begin(BlobKey blob) override { co_return blob.hex(); }
    [[nodiscard]] std::string link_to(DirectUpload const& upload, PartLink const& part) const override
    {
        last = part;
        return upload.upload_id;
    }
    Task<> complete(DirectUpload const& upload, std::vector<DirectPart> const& parts) override
    {
        ++completed;
        if (while_it_is_made) {
            CO_TRY(co_await while_it_is_made());
        }
        if (auto const meanwhile = std::exchange(before_it_is_made, {}))
            meanwhile();
        auto const refusal = std::exchange(answer, {});
        if (!refusal || *refusal == Errc::unavailable) {
            CO_TRY(co_await world_.blobs->put(upload.blob, std::vector(parts.front().size.value, std::byte{1}), false));
        }
        if (auto const meanwhile = std::exchange(after_it_is_made, {}))
            meanwhile();
        co_return refusal ? fail(*refusal) : Result<>{};
    }
    [[nodiscard]] std::string source() const override { return "https://store.example/"; }

private:
    World& world_;
};

class Direct : public testing::Test {
protected:
    Direct() { world.faulty_blobs->direct = &store; }
    Admission me() { return *world.admit("lab", owner); }
    Result<DirectStanding> create(std::string name, std::size_t length)
    {
        return run_blocking(world.direct->create(me(), {.name = std::move(name), .media_type = "", .length = ByteCount{length}}));
    }
    /// With its only part recorded.
    FileEntry begin(std::size_t length = 10)
    {
        auto const file = create("film", length)->file;
        auto const recorded = run_blocking(world.direct->record(me(), file.id, {1, {}, "etag", 7}));
        EXPECT_TRUE(recorded) << recorded.error().detail;
        return file;
    }
    Result<FileEntry> complete(FileEntry const& file) { return run_blocking(world.direct->complete(me(), file.id)); }
    Result<DirectStanding> find(FileEntry const& file) { return run_blocking(world.direct->find(me(), file.id)); }
    /// Only a claim that was extended since the clock moved holds for nearly `lifetime`.
    Task<bool> is_extended(FileEntry const& file, Milliseconds lifetime)
    {
        auto const nearly = world.clock.now() + lifetime - Milliseconds{1};
        auto const recorded = co_await world.store->record_direct_part(file.blob, {1, {10}, "etag", 7}, nearly);
        co_return !recorded && recorded.error().code == Errc::upload_busy;
    }
    /// For longer than it lives.
    Task<> see_it_extended(FileEntry const& file, Milliseconds lifetime)
    {
        auto pause = net::steady_timer{co_await net::this_coro::executor};
        for (auto turn = 0; turn < 4; ++turn) {
            world.clock.advance(Seconds{10});
            for (auto tries = 0; !*co_await is_extended(file, lifetime); ++tries) {
                if (tries == 5'000)
                    co_return fail(Errc::unavailable, "the claim isn't extended");
                pause.expires_after(Milliseconds{1});
                co_await pause.async_wait(net::use_awaitable);
            }
        }
        co_return Result<>{};
    }
    std::uint64_t used() { return run_blocking(world.store->find_room_by_id(owner.room.id, world.clock.now()))->used.value; }

    World world;
    Store store{world};
    NewSession owner = world.open_room("lab", Seconds{1800});
};

TEST_F(Direct, IsCompletedByTheNextWhoAsksWhenTheFirstHangs)
{
    auto const file = begin();
    store.before_it_is_made = [&] {
        EXPECT_EQ(run_blocking(world.direct->record(me(), file.id, {1, {}, "other", 8})).error().code, Errc::upload_busy);
        world.clock.advance(Seconds{181});
        auto const second = complete(file);
        ASSERT_TRUE(second);
        EXPECT_TRUE(second->is_complete());
    };
    auto const first = complete(file);
    ASSERT_TRUE(first);
    EXPECT_EQ(store.completed, 2);
    EXPECT_EQ(first->crc32, 7U);
    EXPECT_EQ(world.direct->stats().completed, 1U) << "the row changes once";
}

TEST_F(Direct, IsKeptFromOthersForAsLongAsTheStoreTakes)
{
    auto const lifetime = Seconds{15};
    auto patient = DirectUploadService{DirectUploadServiceParts{*world.store,
                                                                *world.faulty_blobs,
                                                                *world.bus,
                                                                world.clock,
                                                                *world.link_keys,
                                                                *world.uploads,
                                                                {lifetime, Milliseconds{1}}}};
    auto const file = begin();
    store.while_it_is_made = [&] { return see_it_extended(file, lifetime); };
    auto const completed = run_blocking(patient.complete(me(), file.id));
    ASSERT_TRUE(completed) << completed.error().detail;
    EXPECT_TRUE(completed->is_complete());
    EXPECT_EQ(store.completed, 1);
}

TEST_F(Direct, IsCompletedByAnotherSoonAfterTheFirstDied)
{
    auto const file = begin();
    // A node that took the claim and is no more.
    auto const now = world.clock.now();
    ASSERT_TRUE(run_blocking(world.store->claim_direct_upload(file.blob, now, now + DirectClaimTimes{}.lifetime)));
    world.clock.advance(DirectClaimTimes{}.lifetime);
    EXPECT_TRUE(complete(file)->is_complete());
}

TEST_F(Direct, KeepsTheNextOnesClaimWhenTheFirstGivesUpLate)
{
    auto const file = begin();
    store.answer = Errc::parts_missing;
    auto const until = world.clock.now() + Seconds{181 + 60};
    store.before_it_is_made = [&] {
        world.clock.advance(Seconds{181});
        ASSERT_TRUE(run_blocking(world.store->claim_direct_upload(file.blob, world.clock.now(), until)));
    };
    EXPECT_EQ(complete(file).error().code, Errc::parts_missing);
    EXPECT_EQ(find(file)->parts.size(), 1U) << "what another completes stays as it is";
    EXPECT_EQ(run_blocking(world.direct->record(me(), file.id, {1, {}, "x", 8})).error().code, Errc::upload_busy);
}

TEST_F(Direct, CanBeCompletedAgainAtOnceWhenTheStoreWasAway)
{
    auto const file = begin();
    store.answer = Errc::unavailable;
    EXPECT_EQ(complete(file).error().code, Errc::unavailable);
    EXPECT_EQ(find(file)->parts.size(), 1U);
    EXPECT_TRUE(complete(file)->is_complete());
}

TEST_F(Direct, ForgetsPartsThatTheStoreDoesNotHave)
{
    auto const file = begin();
    store.answer = Errc::parts_missing;
    EXPECT_EQ(complete(file).error().code, Errc::parts_missing);
    EXPECT_TRUE(find(file)->parts.empty());
    EXPECT_EQ(complete(file).error().code, Errc::parts_missing);
    EXPECT_EQ(store.completed, 1) << "the store isn't asked for what is known to be missing";
    ASSERT_TRUE(run_blocking(world.direct->record(me(), file.id, {1, {}, "etag", 9})));
    EXPECT_EQ(complete(file)->crc32, 9U);
}

TEST_F(Direct, GivesItsPlaceBackWhenTheStoreHasLostIt)
{
    auto const file = begin(900);
    EXPECT_EQ(used(), 900U);
    store.answer = Errc::not_found;
    EXPECT_EQ(complete(file).error().code, Errc::not_found);
    EXPECT_EQ(used(), 0U);
    EXPECT_EQ(find(file).error().code, Errc::not_found);
}

TEST_F(Direct, LeavesNoObjectThatCameToBeAfterItsFileWasErased)
{
    auto const file = begin();
    store.before_it_is_made = [&] {
        ASSERT_TRUE(run_blocking(world.uploads->remove(me(), file.id)));
        world.reap();
    };
    EXPECT_EQ(complete(file).error().code, Errc::not_found);
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Direct, LeavesAnObjectToThePurgeWhenTheRoomEndedMeanwhile)
{
    auto const file = begin();
    store.after_it_is_made = [&] { world.clock.advance(Seconds{1801}); };
    EXPECT_EQ(run_blocking(world.direct->complete(me(), file.id)).error().code, Errc::not_found);
    EXPECT_EQ(world.blob_count(), 1U);
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Direct, TellsWhoAsksAfterwardsTheSameFile)
{
    auto const file = begin();
    auto const first = complete(file);
    auto const again = complete(file);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->completed_version, first->completed_version);
    EXPECT_EQ(store.completed, 1);
    EXPECT_TRUE(find(file)->file.is_complete());
    EXPECT_EQ(run_blocking(world.direct->record(me(), file.id, {1, {}, "x", 8})).error().code, Errc::upload_complete);
    EXPECT_EQ(run_blocking(world.direct->links(me(), file.id, {{1, ""}})).error().code, Errc::upload_complete);
}

TEST_F(Direct, LinksLiveAMinuteAndNoLongerThanTheRoom)
{
    auto const file = begin(10);
    auto const wish = std::vector{PartWish{1, "1B2M2Y8AsgTpgAmY7PhCfg=="}};
    ASSERT_TRUE(run_blocking(world.direct->links(me(), file.id, wish)));
    EXPECT_EQ(store.last.lifetime, Seconds{60});
    EXPECT_EQ(store.last.size, ByteCount{10});
    world.clock.advance(Seconds{1790} + Milliseconds{1});
    ASSERT_TRUE(run_blocking(world.direct->links(me(), file.id, wish)));
    EXPECT_EQ(store.last.lifetime, Seconds{9}) << "down, not up";
    world.clock.advance(Milliseconds{9'500});
    EXPECT_EQ(run_blocking(world.direct->links(me(), file.id, wish)).error().code, Errc::room_ended);
}

TEST_F(Direct, HoldsItsPlaceFromTheBeginning)
{
    EXPECT_EQ(create("a", 1'001).error().code, Errc::file_too_large);
    for (auto const* name : {"a", "b", "c"})
        ASSERT_TRUE(create(name, 1'000));
    EXPECT_EQ(create("d", 1).error().code, Errc::room_full);
    EXPECT_EQ(used(), 3'000U);
    EXPECT_EQ(create("d", 0).error().code, Errc::invalid_request);
    world.faulty_blobs->direct = nullptr;
    EXPECT_EQ(create("d", 1).error().code, Errc::no_direct_uploads);
    EXPECT_EQ(world.direct->least_size(), std::nullopt);
}

}  // namespace
}  // namespace fleeting
