// What every MetadataStore promises, run once for each backend.

#include "metadata_backends.hpp"

#include <atomic>
#include <set>
#include <thread>

namespace fleeting {
namespace {

TYPED_TEST_SUITE(MetadataStoreContract, MetadataBackends);

TYPED_TEST(MetadataStoreContract, FindsARoomUntilItsDeadline)
{
    auto const room = this->open_room("lab");
    auto const found = run_blocking(this->store().find_room("lab", kNow));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, room.id);
    EXPECT_EQ(found->password_hash, "hash");
    EXPECT_EQ(found->expires_at, room.expires_at);
    EXPECT_EQ(run_blocking(this->store().find_room("lab", room.expires_at)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().find_room("LAB", kNow)).error().code, Errc::not_found);
}

TYPED_TEST(MetadataStoreContract, TakesANameOnceWhileItsRoomLives)
{
    auto const first = this->open_room("lab");
    auto const second = this->room_named("lab");
    EXPECT_EQ(run_blocking(this->store().create_room(second, this->session_in(second), kMany)).error().code, Errc::name_taken);
    // At the deadline the name is free, though nobody has swept.
    auto later = this->room_named("lab");
    later.created_at = kNow + Seconds{60};
    later.expires_at = kNow + Seconds{120};
    auto const created = run_blocking(this->store().create_room(later, this->session_in(later), kMany));
    ASSERT_TRUE(created && *created);
    EXPECT_EQ((*created)->id, first.id);
}

TYPED_TEST(MetadataStoreContract, LetsOneOfManyRacingCreatorsHaveTheName)
{
    auto wins = std::atomic<int>{0};
    auto racers = std::vector<std::thread>{};
    for (auto i = 0; i < 64; ++i)
        racers.emplace_back([&] {
            auto const room = this->room_named("lab");
            wins += run_blocking(this->store().create_room(room, this->session_in(room), kMany)).has_value() ? 1 : 0;
        });
    for (auto& racer : racers)
        racer.join();
    EXPECT_EQ(wins, 1);
}

TYPED_TEST(MetadataStoreContract, LetsAnOpenerHaveSoManyLiveRoomsHoweverManyRace)
{
    auto wins = std::atomic<int>{0};
    auto racers = std::vector<std::thread>{};
    for (auto i = 0; i < 32; ++i)
        racers.emplace_back([&, i] {
            auto const room = this->room_named("lab-" + std::to_string(i));
            auto const made = run_blocking(this->store().create_room(room, this->session_in(room), 5));
            wins += made.has_value() ? 1 : 0;
            EXPECT_TRUE(made || made.error().code == Errc::rate_limited);
        });
    for (auto& racer : racers)
        racer.join();
    EXPECT_EQ(wins, 5);
    auto other = this->room_named("other");
    other.opener.raw.fill(std::byte{7});
    EXPECT_TRUE(run_blocking(this->store().create_room(other, this->session_in(other), 5)));
}

TYPED_TEST(MetadataStoreContract, NeverGoesOverTheQuotaHoweverManyRace)
{
    auto const room = this->open_room("lab");
    this->put(room, "first", 999);
    auto wins = std::atomic<int>{0};
    auto racers = std::vector<std::thread>{};
    for (auto i = 0; i < 50; ++i)
        racers.emplace_back([&, i] {
            for (auto j = 0; j < 10; ++j) {
                auto const made =
                    run_blocking(this->store().create_file(this->file_in(room, std::to_string(i * 10 + j), 1), kNow));
                wins += made.has_value() ? 1 : 0;
                EXPECT_TRUE(made || made.error().code == Errc::room_full);
            }
        });
    for (auto& racer : racers)
        racer.join();
    EXPECT_EQ(wins, 1);
    EXPECT_EQ(this->now_of(room).used, ByteCount{1000});
}

TYPED_TEST(MetadataStoreContract, SaysWhyAFileIsRefused)
{
    auto const room = this->open_room("lab");
    auto const refusal = [&](std::uint64_t size) {
        return run_blocking(this->store().create_file(this->file_in(room, "x", size), kNow)).error().code;
    };
    EXPECT_EQ(refusal(1001), Errc::room_full);
    for (auto i = 0; i < 10; ++i)
        this->put(room, "f", 0);
    EXPECT_EQ(refusal(0), Errc::too_many_files);
    ASSERT_TRUE(run_blocking(
        this->store().change_room(room.id, {.expires_at = {}, .uploads_locked = true, .password_hash = {}}, ManualClock{kNow})));
    EXPECT_EQ(refusal(0), Errc::uploads_locked);
    EXPECT_EQ(run_blocking(this->store().create_file(this->file_in(room, "x", 0), room.expires_at)).error().code,
              Errc::not_found);
}

TYPED_TEST(MetadataStoreContract, NumbersEqualNames)
{
    auto const room = this->open_room("lab");
    EXPECT_EQ(this->put(room, "a.txt", 0).name, "a.txt");
    EXPECT_EQ(this->put(room, "a.txt", 0).name, "a (2).txt");
    EXPECT_EQ(this->put(room, "a.txt", 0).name, "a (3).txt");
    EXPECT_EQ(this->put(room, "b/a.txt", 0).name, "b/a.txt");
    auto names = std::set<std::string>{};
    for (auto i = 0; i < 6; ++i)
        names.insert(this->put(room, "c", 0).name);
    EXPECT_EQ(names.size(), 6U);
}

TYPED_TEST(MetadataStoreContract, KeepsVersionsGrowing)
{
    auto const room = this->open_room("lab");
    auto const made = run_blocking(this->store().create_file(this->file_in(room, "a", 5), kNow));
    auto const done = run_blocking(this->store().complete_file(made->file.id, {{5}, 7, Sha256{}}, kNow));
    auto const gone = run_blocking(this->store().remove_file(room.id, made->file.id, kNow));
    EXPECT_EQ(made->room_version, 2U);
    EXPECT_EQ(done->room_version, 3U);
    EXPECT_EQ(gone->room_version, 4U);
    EXPECT_EQ(this->now_of(room).version, 4U);
    EXPECT_EQ(this->now_of(room).used, ByteCount{0});
    EXPECT_EQ(this->now_of(room).file_count, 0U);
}

TYPED_TEST(MetadataStoreContract, KeepsAnUploadAcrossARestart)
{
    auto const room = this->open_room("lab");
    auto const file = this->put(room, "a", 5);
    auto state = std::vector<std::byte>(40, std::byte{3});
    state[7] = std::byte{0};
    ASSERT_TRUE(run_blocking(this->store().save_checkpoint(file.id, {ByteOffset{3}, state})));
    this->backend_.reopen();
    auto const checkpoint = run_blocking(this->store().find_checkpoint(file.id));
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->offset, ByteOffset{3});
    EXPECT_EQ(checkpoint->state, state);
    EXPECT_EQ(run_blocking(this->store().find_file(room.id, file.id, kNow))->offset, ByteOffset{3});
}

TYPED_TEST(MetadataStoreContract, ListsTheUploadsOfAllRooms)
{
    auto const whole = this->put(this->open_room("lab"), "whole", 0);
    auto const part = this->put(this->open_room("hall"), "part", 5);
    ASSERT_TRUE(run_blocking(this->store().complete_file(whole.id, {{0}, 0, Sha256{}}, kNow)));
    auto const uploads = run_blocking(this->store().list_uploads());
    ASSERT_EQ(uploads->size(), 1U);
    EXPECT_EQ(uploads->front().id, part.id);
}

TYPED_TEST(MetadataStoreContract, CompletesAnUploadAndGivesBackWhatItReservedTooMuch)
{
    auto const room = this->open_room("lab");
    auto file = this->file_in(room, "a", 0);
    file.length_known = false;
    auto const made = run_blocking(this->store().create_file(file, kNow));
    ASSERT_TRUE(run_blocking(this->store().grow_file(made->file.id, {900})));
    EXPECT_EQ(run_blocking(this->store().grow_file(made->file.id, {1001})).error().code, Errc::room_full);
    EXPECT_EQ(this->now_of(room).used, ByteCount{900});
    auto const done = run_blocking(this->store().complete_file(made->file.id, {{10}, 7, Sha256{}}, kNow));
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->file.is_complete());
    EXPECT_EQ(done->file.crc32, 7U);
    EXPECT_EQ(this->now_of(room).used, ByteCount{10});
    EXPECT_EQ(run_blocking(this->store().complete_file(made->file.id, {{10}, 7, Sha256{}}, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().save_checkpoint(made->file.id, {})).error().code, Errc::not_found);
}

TYPED_TEST(MetadataStoreContract, ListsFilesByTheirTimeThenByTheBytesOfTheirNames)
{
    auto const room = this->open_room("lab");
    for (auto const* name : {"ä", "b", "a/z", "Z", "a"})
        this->put(room, name, 0);
    auto early = this->file_in(room, "early", 0);
    early.created_at = kNow - Seconds{1};
    ASSERT_TRUE(run_blocking(this->store().create_file(early, kNow)));
    auto names = std::vector<std::string>{};
    for (auto const& file : *run_blocking(this->store().list_files(room.id, kNow)))
        names.push_back(file.name);
    EXPECT_EQ(names, (std::vector<std::string>{"early", "Z", "a", "a/z", "b", "ä"}));
}

TYPED_TEST(MetadataStoreContract, KnowsItsBlobs)
{
    auto const file = this->put(this->open_room("lab"), "a", 1);
    auto const orphan = crypto::random_id<BlobKey>();
    EXPECT_EQ(*run_blocking(this->store().unknown_blobs({file.blob, orphan})), std::vector{orphan});
}

TYPED_TEST(MetadataStoreContract, KeepsSettings)
{
    EXPECT_EQ(run_blocking(this->store().get_or_insert("key", "first")), "first");
    EXPECT_EQ(run_blocking(this->store().get_or_insert("key", "second")), "first");
    EXPECT_EQ(run_blocking(this->store().exchange("boot", "a")), "");
    this->backend_.reopen();
    EXPECT_EQ(run_blocking(this->store().exchange("boot", "b")), "a");
    EXPECT_TRUE(run_blocking(this->store().check()));
}

TYPED_TEST(MetadataStoreContract, TellsByMarksWhichRoomsHaveChanged)
{
    auto const room = this->open_room("marked");
    auto const now = kNow + Seconds{2};
    auto const marks = [&] { return *run_blocking(this->store().room_marks({room.id, RoomId{}})); };
    EXPECT_EQ(marks(), (std::vector{RoomMark{room.id, 1, room.expires_at, 1, kNow}}));
    auto member = this->session_in(room);
    member.created_at = now;
    EXPECT_TRUE(run_blocking(this->store().add_session(member, kMembers, now)));
    auto change = RoomChange{};
    change.expires_at = now + Seconds{300};
    EXPECT_TRUE(run_blocking(this->store().change_room(room.id, change, ManualClock{now})));
    EXPECT_EQ(marks()[0], (RoomMark{room.id, 2, now + Seconds{300}, 2, now}));
    EXPECT_TRUE(run_blocking(this->store().remove_session(room.id, member.id)));
    EXPECT_EQ(marks()[0], (RoomMark{room.id, 2, now + Seconds{300}, 1, kNow}));
    EXPECT_TRUE(run_blocking(this->store().room_marks({}))->empty());
    EXPECT_TRUE(run_blocking(this->store().end_room(room.id, now)));
    EXPECT_TRUE(marks().empty());
}

TYPED_TEST(MetadataStoreContract, ForgetsASetting)
{
    EXPECT_EQ(*run_blocking(this->store().get_or_insert("kept", "one")), "one");
    EXPECT_TRUE(run_blocking(this->store().remove_setting("kept")));
    EXPECT_TRUE(run_blocking(this->store().remove_setting("kept")));
    EXPECT_EQ(*run_blocking(this->store().get_or_insert("kept", "two")), "two");
}

TYPED_TEST(MetadataStoreContract, TellsItsTimeWhereItHasOne)
{
    auto const before = SystemClock{}.now();
    auto const there = run_blocking(this->store().clock());
    ASSERT_TRUE(there);
    if (*there) {
        EXPECT_GE(**there, before - Seconds{1});
        EXPECT_LE(**there, SystemClock{}.now() + Seconds{1});
    }
    EXPECT_EQ(there->has_value(), (std::is_same_v<TypeParam, PostgresBackend>)) << "SQLite goes by this machine's";
}

}  // namespace
}  // namespace fleeting
