#include "service/room_watch.hpp"

#include "support/next_event.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

/// A node that watches, beside one that does what it likes to the same rows and tells nobody.
class RoomWatchTest : public testing::Test {
protected:
    RoomWatchTest()
    {
        made = world.open_room("lab-3");
        room = made.room;
        cutoff = cutoffs.of(room);
        member_cutoff = cutoffs.of_member(room.id, made.session.id, cutoff);
        stream = *run_blocking(bus.subscribe(room.id, made.session.id, std::nullopt));
        stream->skip_to(room.version);
        look();
        while (heard<MembersChanged>()) {
        }
    }
    void look(bool all = false) { ASSERT_TRUE(run_blocking(watch.look(all))); }
    /// Whether the next event is such a one.
    template <class What>
    bool heard()
    {
        auto const event = run_blocking(test::next_event(*stream, Milliseconds{5}));
        return event && *event && std::holds_alternative<What>((*event)->what());
    }

    World world;
    memory::MemoryEventBus bus;
    Cutoffs cutoffs;
    LinkedFiles linked_files{8};
    LiveUploads live;
    RoomWatch watch{{*world.store, world.clock, bus, cutoffs, linked_files, live, [] { return false; }}};
    NewSession made;
    Room room;
    std::shared_ptr<Cutoff const> cutoff;
    std::shared_ptr<Cutoff const> member_cutoff;
    std::unique_ptr<Subscription> stream;
};

TEST_F(RoomWatchTest, SaysNothingWhereNothingHappened)
{
    look();
    EXPECT_FALSE(*run_blocking(test::next_event(*stream, Milliseconds{5})));
    EXPECT_EQ(cutoff->at(), room.expires_at);
}

TEST_F(RoomWatchTest, FindsAnEventThatWasMissed)
{
    auto const admission = *world.admit("lab-3", made);
    world.put(admission, "a.txt", "text");
    look();
    EXPECT_TRUE(heard<EventsMissed>());
    look();
    EXPECT_FALSE(heard<EventsMissed>());
}

TEST_F(RoomWatchTest, FindsADeadlineThatMoved)
{
    auto wish = ChangeRoom{};
    wish.ttl = Seconds{600};
    ASSERT_TRUE(run_blocking(world.rooms->change(*world.admit("lab-3", made), wish)));
    look();
    EXPECT_EQ(cutoff->at(), world.clock.now() + Seconds{600});
}

TEST_F(RoomWatchTest, TakesNoRoomForEndedThatMayYetBeGivenMoreTime)
{
    auto const in_time = ManualClock{room.expires_at - Milliseconds{1}};
    world.clock.set(room.expires_at + Milliseconds{1});
    look();
    EXPECT_FALSE(heard<RoomEnded>());
    auto change = RoomChange{};
    change.expires_at = room.expires_at + Seconds{60};
    ASSERT_TRUE(run_blocking(world.store->change_room(room.id, change, in_time)));
    look();
    EXPECT_EQ(cutoff->at(), *change.expires_at);
    EXPECT_FALSE(cutoff->has_passed(world.clock.now()));
}

TEST_F(RoomWatchTest, FindsARoomThatWasClosed)
{
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("lab-3", made))));
    look();
    EXPECT_TRUE(heard<RoomEnded>());
    EXPECT_TRUE(cutoff->has_passed(world.clock.now()));
}

TEST_F(RoomWatchTest, FindsAMemberWhoCameAndOneWhoWasRemoved)
{
    auto const tom = *world.join("lab-3", "four plain words");
    look();
    EXPECT_TRUE(heard<MembersChanged>());
    auto const toms = cutoffs.of_member(room.id, tom.session.id, cutoff);
    ASSERT_TRUE(run_blocking(world.rooms->remove_member(*world.admit("lab-3", made), member_id(tom.session.id))));
    look();
    EXPECT_TRUE(toms->has_passed(world.clock.now()));
    EXPECT_FALSE(member_cutoff->has_passed(world.clock.now()));
    EXPECT_TRUE(heard<MemberRemoved>());
}

TEST_F(RoomWatchTest, LooksAtRoomsThatNobodyUsesOnlyWhenAskedForAll)
{
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("lab-3", made))));
    stream.reset();
    cutoff.reset();
    member_cutoff.reset();
    look();
    EXPECT_EQ(cutoffs.rooms().size(), 1U);
    look(true);
    EXPECT_TRUE(cutoffs.rooms().empty());
}

}  // namespace
}  // namespace fleeting
