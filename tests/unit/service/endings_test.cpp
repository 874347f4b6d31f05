// Links that run out and rooms that end, on a clock the test moves.

#include "support/world.hpp"

namespace fleeting {
namespace {

class Endings : public testing::Test {
protected:
    Admission me() { return *world.admit("lab", owner); }
    ParsedLink link_to(FileEntry const& file)
    {
        auto const path = *world.downloads->sign(*run_blocking(world.downloads->open(me(), file.id))->file, binding);
        auto const at = [&](std::string_view key, std::size_t skip) {
            auto const from = path.find(key) + skip;
            return path.substr(from, path.find_first_of("?&", from) - from);
        };
        return *parse_link(at("/d/", 3), at("?e=", 3), at("&k=", 3), at("&s=", 3));
    }
    auto open(ParsedLink const& link, Sha256 const& as)
    {
        return run_blocking(world.downloads->open_link(link, {LinkBearer{as, owner.token}}));
    }

    World world;
    NewSession owner = world.open_room("lab");
    Sha256 binding = Sha256{{std::byte{1}}};
};

TEST_F(Endings, ALinkWorksForTenSecondsAndThenSaysWhy)
{
    auto const link = link_to(world.put(me(), "a", "x"));
    world.clock.advance(Milliseconds{9'999});
    EXPECT_TRUE(open(link, binding));
    world.clock.advance(Milliseconds{1});
    EXPECT_EQ(open(link, binding).error().code, Errc::link_expired);
}

TEST_F(Endings, ALinkIsTheCallersAlone)
{
    auto const link = link_to(world.put(me(), "a", "x"));
    EXPECT_EQ(open(link, Sha256{}).error().code, Errc::link_invalid);
    auto forged = link;
    forged.mac[31] ^= std::byte{1};
    EXPECT_EQ(open(forged, binding).error().code, Errc::link_invalid);
    auto stretched = link;
    stretched.expires_at += Milliseconds{1};
    EXPECT_EQ(open(stretched, binding).error().code, Errc::link_invalid);
}

TEST_F(Endings, ALinkEndsWithItsFileAndItsRoom)
{
    auto const removed = world.put(me(), "a", "x");
    auto const link = link_to(removed);
    ASSERT_TRUE(run_blocking(world.uploads->remove(me(), removed.id)));
    EXPECT_EQ(open(link, binding).error().code, Errc::link_invalid);
    auto const other = link_to(world.put(me(), "b", "x"));
    world.clock.advance(Seconds{55});
    auto const late = link_to(world.put(me(), "c", "x"));
    world.clock.advance(Seconds{5});
    EXPECT_FALSE(open(other, binding));
    EXPECT_EQ(open(late, binding).error().code, Errc::link_invalid) << "its window is still open, but the room has ended";
}

TEST_F(Endings, TheReaperLeavesNoRowAndNoByteAndTellsHowLateItWas)
{
    world.put(me(), "a", "x");
    static_cast<void>(world.create(me(), "b", 10));
    world.clock.advance(Milliseconds{60'250});
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
    EXPECT_EQ(world.lateness, std::vector{Milliseconds{250}});
    EXPECT_EQ(run_blocking(world.store->next_expiry()), std::optional<Instant>{});
}

TEST_F(Endings, ADeadlineThatPassedWhileTheProcessWasDeadIsKeptAtTheStart)
{
    world.put(me(), "a", "x");
    world.clock.advance(Seconds{3'600});
    world.restart();
    EXPECT_FALSE(world.admit("lab", owner));
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Endings, AClockThatJumpsAheadEndsRoomsAndOneThatJumpsBackLetsNoneLiveForYears)
{
    world.clock.advance(Seconds{86'400 * 365});
    auto const far = world.open_room("far-ahead");
    world.put(*world.admit("far-ahead", far), "a", "x");
    world.reap();
    EXPECT_FALSE(world.admit("lab", owner));
    world.clock.advance(-Seconds{86'400 * 365});
    world.restart();
    ASSERT_TRUE(run_blocking(world.store->clamp_expiry(world.clock.now() + Seconds{86'400})));  // as the reaper's loop begins
    world.clock.advance(Seconds{86'400});
    world.reap();
    EXPECT_FALSE(world.admit("far-ahead", far));
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Endings, ABlobWithoutARowIsSwept)
{
    ASSERT_TRUE(run_blocking(world.blobs->open_writer(crypto::random_id<BlobKey>())));
    auto const kept = world.put(me(), "a", "x");
    world.reap();
    EXPECT_EQ(run_blocking(world.blobs->list()), std::vector{kept.blob});
}

TEST_F(Endings, BlobsThatCannotBeErasedHoldUpNoSweep)
{
    // More than are erased at once; and a slow store, so that the first are due again before the last were tried.
    world.execute("INSERT INTO purge (blob_key, not_before_ms) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                  "WHERE i < 2001) SELECT CAST(printf('%016d', i) AS BLOB), 0 FROM n");
    auto tries = 0;
    world.faulty_blobs->keeps = [&] {
        world.clock.advance(Seconds{2});
        return ++tries < 10;
    };
    ASSERT_TRUE(run_blocking(world.reaper->sweep_blobs()));
    EXPECT_EQ(tries, 2);
    EXPECT_EQ(world.reaper->stats().blobs_erased, 0U);
    tries = 10;
    world.clock.advance(Seconds{1});
    ASSERT_TRUE(run_blocking(world.reaper->sweep_blobs()));
    EXPECT_EQ(world.reaper->stats().blobs_erased, 2001U);
}

TEST_F(Endings, ABlobThatAnotherNodeMayBeWritingTheRowOfIsLeft)
{
    world.faulty_blobs->says_shared = true;
    ASSERT_TRUE(run_blocking(world.blobs->open_writer(crypto::ordered_id<BlobKey>(world.clock.now()))));
    world.reap();
    EXPECT_EQ(world.blob_count(), 1U);
    world.clock.advance(Seconds{601});
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Endings, AKeyIsGoneBeforeAnythingElseOfItsRoom)
{
    auto gone = std::vector<RoomId>{};
    world.faulty_blobs->before_keys_go = [&](std::vector<RoomId> const& rooms) {
        gone.insert(gone.end(), rooms.begin(), rooms.end());
        auto const there = *run_blocking(world.store->list_rooms());
        for (auto const& room : rooms)
            EXPECT_EQ(std::ranges::count(there, room), 1) << "its rows went before";
        EXPECT_GE(world.blob_count(), rooms.size());
    };
    auto const closed = world.open_room("closed");
    world.put(me(), "a", "x");
    world.put(*world.admit("closed", closed), "a", "x");
    world.faulty_blobs->keyed = {owner.room.id, closed.room.id};
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("closed", closed))));
    EXPECT_EQ(gone, std::vector{closed.room.id});
    world.reap();
    EXPECT_EQ(gone.size(), 1U) << "a living room keeps its key";
    world.clock.advance(Seconds{60});
    world.reap();
    EXPECT_EQ(gone, (std::vector{closed.room.id, owner.room.id}));
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Endings, AKeyWithoutARoomIsSwept)
{
    auto gone = std::vector<RoomId>{};
    world.faulty_blobs->before_keys_go = [&](std::vector<RoomId> const& rooms) { gone = rooms; };
    auto const absent = crypto::random_id<RoomId>();
    world.faulty_blobs->keyed = {absent, owner.room.id};
    world.reap();
    EXPECT_EQ(gone, std::vector{absent});
}

}  // namespace
}  // namespace fleeting
