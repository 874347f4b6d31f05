// What every MetadataStore promises of a room's members, and of who has taken what.

#include "metadata_backends.hpp"

#include <set>

namespace fleeting {
namespace {

template <class Backend>
using MetadataMembersContract = MetadataStoreContract<Backend>;
TYPED_TEST_SUITE(MetadataMembersContract, MetadataBackends);

TYPED_TEST(MetadataMembersContract, BindsFilesAndSessionsToTheirRoom)
{
    auto const room = this->open_room("lab");
    auto const other = this->open_room("other");
    auto const file = this->put(room, "a", 1);
    EXPECT_EQ(run_blocking(this->store().find_file(other.id, file.id, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().remove_file(other.id, file.id, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().find_file_by_name(other.id, "a", kNow)).error().code, Errc::not_found);
    auto const session = this->session_in(room);
    ASSERT_TRUE(run_blocking(this->store().add_session(session, kMembers, kNow)));
    auto const finds = [&](std::string name) {
        auto const found = run_blocking(this->store().find_membership(std::move(name), {TokenHash{}, session.id}, kNow));
        if (!found)
            EXPECT_EQ(found.error().code, Errc::no_session);
        return found && found->session.id == session.id && found->room.id == room.id;
    };
    EXPECT_TRUE(finds("lab"));
    EXPECT_FALSE(finds("other"));
    EXPECT_FALSE(finds("none"));
    EXPECT_EQ(run_blocking(this->store().find_membership("lab", {session.id}, room.expires_at)).error().code, Errc::no_session);
    ASSERT_TRUE(run_blocking(this->store().remove_session(room.id, session.id)));
    EXPECT_FALSE(finds("lab"));
    EXPECT_EQ(run_blocking(this->store().add_session(session, kMembers, room.expires_at)).error().code, Errc::not_found);
}

TYPED_TEST(MetadataMembersContract, FindsTheFirstOfTheSessionsAskedForThatIsTheRooms)
{
    auto const room = this->open_room("lab");
    auto const [tom, ada] = std::pair{this->session_in(room), this->session_in(room)};
    ASSERT_TRUE(run_blocking(this->store().add_session(tom, kMembers, kNow)));
    ASSERT_TRUE(run_blocking(this->store().add_session(ada, kMembers, kNow)));
    auto const first_of = [&](std::vector<TokenHash> asked) {
        return run_blocking(this->store().find_membership("lab", std::move(asked), kNow))->session.id;
    };
    EXPECT_EQ(first_of({tom.id, ada.id}), tom.id);
    EXPECT_EQ(first_of({crypto::random_id<TokenHash>(), ada.id, tom.id}), ada.id);
    EXPECT_EQ(run_blocking(this->store().find_membership("lab", {}, kNow)).error().code, Errc::no_session);
}

TYPED_TEST(MetadataMembersContract, RemembersOnceWhoHasTakenWhichFileAndForgetsItWithTheFile)
{
    auto const room = this->open_room("lab");
    auto const [a, b] = std::pair{this->put(room, "a", 1), this->put(room, "b", 1)};
    auto const elsewhere = this->put(this->open_room("hall"), "c", 1);
    auto const [tom, ada] = std::pair{crypto::random_id<TokenHash>(), crypto::random_id<TokenHash>()};
    auto const before = this->now_of(room).version;
    auto const take = [&](TokenHash const& who, std::vector<BlobKey> blobs) {
        return *run_blocking(this->store().mark_taken(room.id, std::move(blobs), who));
    };
    auto const first = take(tom, {a.blob, elsewhere.blob, crypto::random_id<BlobKey>()});
    EXPECT_EQ(first.files, std::vector{a.id});
    EXPECT_EQ(first.room_version, before + 1);
    EXPECT_EQ(take(tom, {b.blob, a.blob}).files, std::vector{b.id});
    EXPECT_TRUE(take(tom, {b.blob, a.blob}).files.empty());
    EXPECT_EQ(this->now_of(room).version, before + 2) << "what isn't new changes nothing";
    take(ada, {a.blob});
    auto const files = *run_blocking(this->store().list_files(room.id, kNow));
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ((std::set<TokenHash>{files[0].taken_by.begin(), files[0].taken_by.end()}), (std::set{tom, ada}));
    EXPECT_EQ(files[1].taken_by, std::vector{tom});
    ASSERT_TRUE(run_blocking(this->store().remove_file(room.id, a.id, kNow)));
    EXPECT_TRUE(take(ada, {a.blob}).files.empty());
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
}

TYPED_TEST(MetadataMembersContract, TellsWhoHasTakenAFileWithItsCompletionAndItsDigest)
{
    auto const room = this->open_room("lab");
    auto const file = this->put(room, "a", 1);
    auto const tom = crypto::random_id<TokenHash>();
    ASSERT_TRUE(run_blocking(this->store().mark_taken(room.id, {file.blob}, tom)));
    EXPECT_EQ(run_blocking(this->store().complete_file(file.id, {{1}, 7, {}}, kNow))->file.taken_by, std::vector{tom});
    EXPECT_EQ(run_blocking(this->store().set_sha256(file.id, Sha256{}, kNow))->file.taken_by, std::vector{tom});
}

TYPED_TEST(MetadataMembersContract, AddsNoSessionBehindALockedDoorButKeepsWhoIsIn)
{
    auto const room = this->open_room("lab");
    auto inside = this->session_in(room);
    ASSERT_TRUE(run_blocking(this->store().add_session(inside, kMembers, kNow)));
    auto change = RoomChange{};
    change.door_locked = true;
    EXPECT_TRUE(run_blocking(this->store().change_room(room.id, change, ManualClock{kNow}))->door_locked);
    EXPECT_EQ(run_blocking(this->store().add_session(this->session_in(room), kMembers, kNow)).error().code, Errc::door_locked);
    inside.nickname = "Tom";
    ASSERT_TRUE(run_blocking(this->store().add_session(inside, kMembers, kNow)));
    EXPECT_EQ(run_blocking(this->store().find_membership("lab", {inside.id}, kNow))->session.nickname, "Tom");
    auto const reopened = run_blocking(this->store().change_room(room.id, {.door_locked = false}, ManualClock{kNow}));
    EXPECT_FALSE(reopened->door_locked);
    EXPECT_TRUE(run_blocking(this->store().add_session(this->session_in(room), kMembers, kNow)));
}

TYPED_TEST(MetadataMembersContract, TakesNoMoreMembersThanThereMayBeButKeepsWhoIsIn)
{
    auto const room = this->open_room("lab");
    auto const tom = this->session_in(room);
    ASSERT_TRUE(run_blocking(this->store().add_session(tom, 2, kNow)));
    EXPECT_EQ(run_blocking(this->store().add_session(this->session_in(room), 2, kNow)).error().code, Errc::too_many_members);
    EXPECT_TRUE(run_blocking(this->store().add_session(tom, 2, kNow)));
    ASSERT_TRUE(run_blocking(this->store().remove_session(room.id, tom.id)));
    EXPECT_TRUE(run_blocking(this->store().add_session(this->session_in(room), 2, kNow)));
}

TYPED_TEST(MetadataMembersContract, RemembersNoMoreTakersOfAFileThanAreTold)
{
    auto const room = this->open_room("lab");
    auto const file = this->put(room, "a", 1);
    for (auto i = 0; i < kMostTakers; ++i)
        ASSERT_EQ(run_blocking(this->store().mark_taken(room.id, {file.blob}, crypto::random_id<TokenHash>()))->files.size(), 1U);
    auto const before = this->now_of(room).version;
    EXPECT_TRUE(run_blocking(this->store().mark_taken(room.id, {file.blob}, crypto::random_id<TokenHash>()))->files.empty());
    EXPECT_EQ(this->now_of(room).version, before);
    EXPECT_EQ(run_blocking(this->store().list_files(room.id, kNow))->front().taken_by.size(), std::size_t{kMostTakers});
}

}  // namespace
}  // namespace fleeting
