// What every MetadataStore keeps of rooms that have ended.

#include "crypto/sha256.hpp"
#include "metadata_backends.hpp"

#include <thread>

namespace fleeting {
namespace {

template <class Backend>
class MetadataTombstones : public MetadataStoreContract<Backend> {
protected:
    Room open_with(std::string name, Session const& owner, Instant expires_at = kNow + Seconds{60})
    {
        auto room = this->room_named(std::move(name), expires_at);
        auto session = owner;
        session.room_id = room.id;
        EXPECT_TRUE(run_blocking(this->store().create_room(room, session, kMany)));
        return room;
    }
    Session somebody() { return {crypto::random_id<TokenHash>(), {}, Role::owner, "Mara", kNow}; }
    static HolderId holder(Session const& session, std::string const& name)
    {
        auto both = std::vector<std::byte>(session.id.raw.begin(), session.id.raw.end());
        auto const bytes = std::as_bytes(std::span{name});
        both.insert(both.end(), bytes.begin(), bytes.end());
        return HolderId{crypto::sha256(both).raw};
    }
    Result<Tombstone> find(Session const& session, std::string const& name, Instant ended_by = kNow - Seconds{1})
    {
        return run_blocking(this->store().find_tombstone({holder(session, name)}, ended_by));
    }
    /// A reader of SQLite's that isn't done yet keeps its log from being wiped for a moment, and then none is told.
    std::vector<OpenTombstone> open_ones()
    {
        auto open = *run_blocking(this->store().list_open_tombstones());
        for (auto again = 0; open.empty() && again < 20; ++again) {
            std::this_thread::sleep_for(Milliseconds{5});
            open = *run_blocking(this->store().list_open_tombstones());
        }
        return open;
    }
    void note(Instant now) { EXPECT_TRUE(run_blocking(this->store().note_erasures(open_ones(), now))); }
};

TYPED_TEST_SUITE(MetadataTombstones, MetadataBackends);

TYPED_TEST(MetadataTombstones, TellWhatWasInTheRoomAndWhyItEnded)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("lab", owner);
    auto const file = this->put(room, "a", 300);
    ASSERT_TRUE(run_blocking(this->store().complete_file(file.id, {ByteCount{300}, 0, {}}, kNow)));
    this->put(room, "half", 200);
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow + Seconds{7})));
    auto const tombstone = this->find(owner, "lab");
    ASSERT_TRUE(tombstone) << tombstone.error().detail;
    EXPECT_EQ(tombstone->room, room.id);
    EXPECT_EQ(tombstone->reason, EndReason::closed);
    EXPECT_EQ(tombstone->ended_at, kNow + Seconds{7});
    EXPECT_EQ(tombstone->files, 1U);
    EXPECT_EQ(tombstone->bytes, ByteCount{300});
    EXPECT_EQ(tombstone->unfinished, 1U);
    EXPECT_FALSE(tombstone->rows_erased_at || tombstone->bytes_erased_at);
}

TYPED_TEST(MetadataTombstones, OfRoomsPastTheirDeadlineTellTheDeadline)
{
    auto const first = this->somebody();
    auto const second = this->somebody();
    auto const swept = this->open_with("swept", first);
    auto const named = this->open_with("named", second, kNow + Seconds{61});
    ASSERT_TRUE(run_blocking(this->store().expire_rooms(kNow + Seconds{60}, 10)));
    auto next = this->room_named("named", kNow + Seconds{200});
    next.created_at = kNow + Seconds{70};
    ASSERT_TRUE(run_blocking(this->store().create_room(next, this->session_in(next), kMany)));
    EXPECT_EQ(this->find(first, "swept")->ended_at, swept.expires_at);
    EXPECT_EQ(this->find(first, "swept")->reason, EndReason::expired);
    EXPECT_EQ(this->find(second, "named")->ended_at, named.expires_at);
}

TYPED_TEST(MetadataTombstones, AreForMembersByTheNameTheyKnow)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("Bücher", owner);
    auto left = this->session_in(room);
    ASSERT_TRUE(run_blocking(this->store().add_session(left, kMembers, kNow)));
    ASSERT_TRUE(run_blocking(this->store().remove_session(room.id, left.id)));
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
    EXPECT_TRUE(this->find(owner, "Bücher"));
    EXPECT_EQ(this->find(owner, "Other").error().code, Errc::not_found);
    EXPECT_EQ(this->find(left, "Bücher").error().code, Errc::not_found);
    EXPECT_EQ(this->find(this->somebody(), "Bücher").error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().find_tombstone({}, kNow - Seconds{1})).error().code, Errc::not_found);
}

TYPED_TEST(MetadataTombstones, OfOneNameTheLatestIsTold)
{
    auto const first = this->somebody();
    auto const second = this->somebody();
    auto const earlier = this->open_with("lab", first);
    ASSERT_TRUE(run_blocking(this->store().end_room(earlier.id, kNow)));
    auto const later = this->open_with("lab", second);
    ASSERT_TRUE(run_blocking(this->store().end_room(later.id, kNow + Seconds{1})));
    auto const both = std::vector{this->holder(first, "lab"), this->holder(second, "lab")};
    EXPECT_EQ(run_blocking(this->store().find_tombstone(both, kNow - Seconds{1}))->room, later.id);
    EXPECT_EQ(this->find(first, "lab")->room, earlier.id);
}

TYPED_TEST(MetadataTombstones, HaveRowsAndBytesNotedOnceEachIsGone)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("lab", owner);
    auto const removed = this->put(room, "removed before", 1);
    auto const file = this->put(room, "a", 1);
    ASSERT_TRUE(run_blocking(this->store().remove_file(room.id, removed.id, kNow)));
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
    this->note(kNow + Seconds{1});
    EXPECT_EQ(this->find(owner, "lab")->rows_erased_at, kNow + Seconds{1});
    EXPECT_FALSE(this->find(owner, "lab")->bytes_erased_at);
    EXPECT_TRUE(this->open_ones().empty()) << "while its bytes stay there is nothing to write";

    ASSERT_TRUE(run_blocking(this->store().finish_purges({file.blob})));
    this->note(kNow + Seconds{2});
    EXPECT_FALSE(this->find(owner, "lab")->bytes_erased_at) << "a file removed before is still to be erased";

    ASSERT_TRUE(run_blocking(this->store().finish_purges({removed.blob})));
    this->note(kNow + Seconds{3});
    this->note(kNow + Seconds{4});
    EXPECT_EQ(this->find(owner, "lab")->rows_erased_at, kNow + Seconds{1});
    EXPECT_EQ(this->find(owner, "lab")->bytes_erased_at, kNow + Seconds{3});
    EXPECT_TRUE(this->open_ones().empty());
}

TYPED_TEST(MetadataTombstones, HoldTheirTimesInOrderWhereClocksDiffer)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("lab", owner);
    auto const file = this->put(room, "a", 1);
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow + Seconds{5})));
    this->note(kNow + Seconds{4});
    EXPECT_EQ(this->find(owner, "lab")->rows_erased_at, kNow + Seconds{5}) << "not before the end";
    ASSERT_TRUE(run_blocking(this->store().finish_purges({file.blob})));
    this->note(kNow + Seconds{3});
    EXPECT_EQ(this->find(owner, "lab")->bytes_erased_at, kNow + Seconds{5}) << "not before the rows";
}

TYPED_TEST(MetadataTombstones, OfAnEmptyRoomAreWholeAtOnce)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("lab", owner);
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
    this->note(kNow);
    EXPECT_TRUE(this->find(owner, "lab")->bytes_erased_at);
}

TYPED_TEST(MetadataTombstones, AreForgotten)
{
    auto const owner = this->somebody();
    auto const room = this->open_with("lab", owner);
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
    EXPECT_EQ(this->find(owner, "lab", kNow).error().code, Errc::not_found) << "by the clock, before they are removed";
    ASSERT_TRUE(run_blocking(this->store().forget_tombstones(kNow - Milliseconds{1})));
    EXPECT_TRUE(this->find(owner, "lab"));
    ASSERT_TRUE(run_blocking(this->store().forget_tombstones(kNow)));
    EXPECT_EQ(this->find(owner, "lab").error().code, Errc::not_found);
    EXPECT_TRUE(run_blocking(this->store().list_tombstones())->empty());
}

TYPED_TEST(MetadataTombstones, OfARoomThatCameBackAreOpenAnew)
{
    auto const owner = this->somebody();
    auto room = this->open_with("lab", owner);
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow + Seconds{5})));
    this->note(kNow + Seconds{6});
    // As a backup brings it back, with a file.
    auto session = owner;
    session.room_id = room.id;
    ASSERT_TRUE(run_blocking(this->store().create_room(room, session, kMany)));
    this->put(room, "a", 1);
    EXPECT_EQ(*run_blocking(this->store().list_rooms()), std::vector{room.id});
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow + Seconds{5})));
    EXPECT_TRUE(run_blocking(this->store().list_rooms())->empty());
    auto const tombstone = this->find(owner, "lab");
    EXPECT_EQ(tombstone->ended_at, kNow + Seconds{5});
    EXPECT_FALSE(tombstone->rows_erased_at || tombstone->bytes_erased_at);
    EXPECT_EQ(this->open_ones().size(), 1U);
}

}  // namespace
}  // namespace fleeting
