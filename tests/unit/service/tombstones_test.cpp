// What is kept of rooms that have ended, and who is told.

#include "support/world.hpp"

namespace fleeting {
namespace {

/// On a disk that is full.
class FullKeeper final : public TombstoneKeeper {
public:
    Task<> keep(std::vector<EndedMark>, Instant) override { co_return fail(Errc::storage_full); }
    Task<std::vector<EndedMark>> list() override { co_return std::vector<EndedMark>{}; }
    Task<> forget(Instant) override { co_return Result<>{}; }
};

class TombstonesAndReceipts : public testing::Test {
protected:
    Admission me() { return *world.admit("lab", owner); }
    Result<Tombstone> receipt(NewSession const& session, std::string name = "lab")
    {
        return run_blocking(world.receipts->find(std::move(name), {session.token}));
    }
    void close() { ASSERT_TRUE(run_blocking(world.rooms->close(me()))); }

    World world;
    NewSession owner = world.open_room("lab");
};

TEST_F(TombstonesAndReceipts, AreThereOnceAllIsErasedAndNotBefore)
{
    world.put(me(), "a", "four");
    EXPECT_EQ(receipt(owner).error().code, Errc::not_erased_yet);
    world.clock.advance(Milliseconds{60'100});
    EXPECT_EQ(receipt(owner).error().code, Errc::not_erased_yet) << "no sweep has come yet";
    ASSERT_TRUE(run_blocking(world.reaper->sweep_rooms()));
    EXPECT_EQ(receipt(owner).error().code, Errc::not_erased_yet) << "its bytes are still there";
    world.clock.advance(Milliseconds{300});
    ASSERT_TRUE(run_blocking(world.reaper->sweep_blobs()));
    auto const told = receipt(owner);
    ASSERT_TRUE(told) << told.error().detail;
    EXPECT_EQ(told->files, 1U);
    EXPECT_EQ(told->bytes, ByteCount{4});
    EXPECT_EQ(*told->rows_erased_at - told->ended_at, Milliseconds{100});
    EXPECT_EQ(*told->bytes_erased_at - told->ended_at, Milliseconds{400});
}

TEST_F(TombstonesAndReceipts, AreForThoseWhoWereInTheRoom)
{
    auto const member = world.join("lab");
    auto const other = world.open_room("other");
    close();
    world.reap();
    EXPECT_TRUE(receipt(owner));
    EXPECT_TRUE(receipt(*member, "LAB")) << "a name is one name in any case";
    EXPECT_EQ(receipt(other).error().code, Errc::not_found);
    EXPECT_EQ(receipt(owner, "other").error().code, Errc::not_found);
    EXPECT_EQ(receipt(owner, "no room's name").error().code, Errc::not_found);
}

TEST_F(TombstonesAndReceipts, AreForgottenAfterADay)
{
    close();
    world.reap();
    world.clock.advance(std::chrono::hours{24} - Milliseconds{1});
    EXPECT_TRUE(receipt(owner));
    world.clock.advance(Milliseconds{1});
    EXPECT_EQ(receipt(owner).error().code, Errc::not_found);
    ASSERT_TRUE(run_blocking(world.tombstones->forget()));
    EXPECT_TRUE(run_blocking(world.store->list_tombstones())->empty());
    EXPECT_TRUE(run_blocking(world.keeper->list())->empty());
}

TEST_F(TombstonesAndReceipts, TellTheTruthAfterACrashBetweenRowsAndBytes)
{
    world.put(me(), "a", "four");
    close();
    world.restart();
    EXPECT_EQ(receipt(owner).error().code, Errc::not_erased_yet);
    world.clock.advance(Seconds{5});
    world.reap();
    ASSERT_TRUE(receipt(owner));
    EXPECT_EQ(*receipt(owner)->bytes_erased_at - receipt(owner)->ended_at, Seconds{5});
}

TEST_F(TombstonesAndReceipts, EndARoomThatABackupOfTheDatabaseBringsBack)
{
    world.put(me(), "a", "four");
    world.backup_database();
    world.clock.advance(Seconds{3});
    auto const closed_at = world.clock.now();
    close();
    world.reap();
    world.restore_database();
    ASSERT_TRUE(world.admit("lab", owner)) << "the backup knows it alive";
    world.clock.advance(Seconds{4});
    EXPECT_EQ(*run_blocking(world.tombstones->apply()), 1U);
    EXPECT_FALSE(world.admit("lab", owner));
    world.reap();
    auto const told = receipt(owner);
    ASSERT_TRUE(told) << told.error().detail;
    EXPECT_EQ(told->reason, EndReason::closed);
    EXPECT_EQ(told->ended_at, closed_at);
    EXPECT_EQ(*told->bytes_erased_at - closed_at, Seconds{4}) << "it is told how late its copy went";
    EXPECT_EQ(*run_blocking(world.tombstones->apply()), 0U);
}

TEST_F(TombstonesAndReceipts, EndARoomWhoseDeadlineAnOlderBackupHasLater)
{
    world.backup_database();
    ASSERT_TRUE(run_blocking(world.rooms->change(me(), {.ttl = Seconds{10}, .uploads_locked = {}, .password = {}})));
    world.clock.advance(Seconds{11});
    world.reap();
    world.restore_database();
    ASSERT_TRUE(world.admit("lab", owner));
    EXPECT_EQ(*run_blocking(world.tombstones->apply()), 1U);
    EXPECT_FALSE(world.admit("lab", owner));
}

TEST_F(TombstonesAndReceipts, LeaveOtherRoomsOfABackupAlone)
{
    world.open_room("other");
    world.backup_database();
    close();
    world.restore_database();
    EXPECT_EQ(*run_blocking(world.tombstones->apply()), 1U);
    EXPECT_EQ(run_blocking(world.store->list_rooms())->size(), 1U);
}

TEST_F(TombstonesAndReceipts, AreKeptApartAtTheNextStartWhereACrashLeftThemUnkept)
{
    ASSERT_TRUE(run_blocking(world.store->end_room(owner.room.id, world.clock.now())));
    EXPECT_TRUE(run_blocking(world.keeper->list())->empty());
    ASSERT_TRUE(run_blocking(world.tombstones->apply()));
    auto const kept = *run_blocking(world.keeper->list());
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept.front().room, owner.room.id);
}

TEST_F(TombstonesAndReceipts, ThatAFullDiskDoesNotTakeKeepNoStartBack)
{
    ASSERT_TRUE(run_blocking(world.store->end_room(owner.room.id, world.clock.now())));
    auto keeper = FullKeeper{};
    auto tombstones = Tombstones{TombstoneParts{*world.store, &keeper, world.clock}, Seconds{60}};
    EXPECT_TRUE(run_blocking(tombstones.apply()));
}

}  // namespace
}  // namespace fleeting
