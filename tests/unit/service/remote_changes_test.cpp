#include "service/remote_changes.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "memory/memory_event_bus.hpp"
#include "support/next_event.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

class RemoteChangesTest : public testing::Test {
protected:
    RemoteChangesTest()
    {
        room.id = crypto::random_id<RoomId>();
        room.expires_at = now + Seconds{60};
        room.version = 5;
        file.id = crypto::random_id<FileId>();
        file.room_id = room.id;
        file.size = {10};
        cutoff = cutoffs.of(room);
        member_cutoff = cutoffs.of_member(room.id, member, cutoff);
        auto linked = LinkedFile{};
        linked.file = file;
        linked.cutoff = cutoff;
        linked_files.keep(std::make_shared<LinkedFile const>(linked));
    }
    bool is_linked() { return linked_files.find(file.id, now) != nullptr; }

    Instant now{Milliseconds{1'700'000'000'000}};
    memory::MemoryEventBus bus;
    Cutoffs cutoffs;
    LinkedFiles linked_files{8};
    LiveUploads live;
    RemoteChanges remote{{bus, cutoffs, linked_files, live}};
    Room room;
    FileEntry file;
    TokenHash member = crypto::random_id<TokenHash>();
    std::shared_ptr<Cutoff const> cutoff;
    std::shared_ptr<Cutoff const> member_cutoff;
};

TEST_F(RemoteChangesTest, AMovedDeadlineMovesTheCutoffUnlessItIsOlder)
{
    room.expires_at += Seconds{60};
    room.version = 4;
    remote.apply(room.id, {4, RoomChanged{room, {}}});
    EXPECT_EQ(cutoff->at(), now + Seconds{60});
    room.version = 6;
    remote.apply(room.id, {6, RoomChanged{room, {}}});
    EXPECT_EQ(cutoff->at(), now + Seconds{120});
}

TEST_F(RemoteChangesTest, ARemovedMemberIsCutAndNobodyElse)
{
    auto const stranger = cutoffs.of_member(room.id, crypto::random_id<TokenHash>(), cutoff);
    remote.apply(room.id, {0, MemberRemoved{member, "Ada"}});
    EXPECT_TRUE(member_cutoff->has_passed(now));
    EXPECT_FALSE(cutoff->has_passed(now));
    EXPECT_FALSE(stranger->has_passed(now));
}

TEST_F(RemoteChangesTest, ARoomThatEndedIsCutAndItsFilesClosed)
{
    remote.apply(room.id, {0, RoomEnded{EndReason::closed, now}});
    EXPECT_TRUE(cutoff->has_passed(now));
    EXPECT_FALSE(is_linked());
    EXPECT_TRUE(cutoffs.of(room)->has_passed(now)) << "also for who comes after";
}

TEST_F(RemoteChangesTest, ARemovedFileIsClosedAndWhoReadsBehindItsWriterFails)
{
    auto const growth = live.growths.of(file.id);
    remote.apply(room.id, {6, FileRemoved{file.id, "Ada"}});
    EXPECT_FALSE(is_linked());
    EXPECT_EQ(growth->state().phase, Growth::Phase::gone);
}

TEST_F(RemoteChangesTest, ACompleteFileIsReadAnewAndToItsEnd)
{
    auto const growth = live.growths.of(file.id);
    file.state = FileState::complete;
    remote.apply(room.id, {6, FileProgressed{file}});
    EXPECT_FALSE(is_linked());
    EXPECT_EQ(growth->state().phase, Growth::Phase::complete);
    EXPECT_EQ(growth->state().offset, ByteOffset{10});
}

TEST_F(RemoteChangesTest, StreamsOfThisNodeAreTold)
{
    auto const stream = *run_blocking(bus.subscribe(room.id, member, std::nullopt));
    remote.apply(room.id, {6, FileRemoved{file.id, "Ada"}});
    auto const next = [&] { return *run_blocking(test::next_event(*stream, Milliseconds{10})); };
    for (auto event = next(); event; event = next())
        if (std::holds_alternative<FileRemoved>(event->what()))
            return;
    FAIL() << "nothing came";
}

}  // namespace
}  // namespace fleeting
