// What every MetadataStore promises of files that wait for a virus scanner.

#include "metadata_backends.hpp"

#include <algorithm>

namespace fleeting {
namespace {

template <class Backend>
class MetadataScansContract : public MetadataStoreContract<Backend> {
protected:
    /// A complete file that waits, of a room that has just been made.
    FileEntry put(std::string name, Scan scan = Scan::waiting, bool is_partial = false)
    {
        auto room = this->room_named(name);
        EXPECT_TRUE(run_blocking(this->store().create_room(room, this->session_in(room), kMany)));
        return put_in(room, std::move(name), scan, is_partial);
    }
    FileEntry put_in(Room const& room, std::string name, Scan scan = Scan::waiting, bool is_partial = false)
    {
        auto file = this->file_in(room, std::move(name), 10);
        file.scan = scan;
        file.is_partial = is_partial;
        EXPECT_TRUE(run_blocking(this->store().create_file(file, kNow)));
        return run_blocking(this->store().complete_file(file.id, {{10}, 7, Sha256{}}, kNow))->file;
    }
    std::optional<FileEntry> claim(Instant now = kNow, Instant until = kNow + Seconds{30})
    {
        auto const claimed = run_blocking(this->store().claim_scan(now, until));
        EXPECT_TRUE(claimed);
        return *claimed;
    }
    std::size_t archived(RoomId room, std::optional<std::uint64_t> at = {}, std::vector<FileId> ids = {})
    {
        return run_blocking(this->store().list_archive(room, at, std::move(ids), kNow))->size();
    }
};

TYPED_TEST_SUITE(MetadataScansContract, MetadataBackends);

TYPED_TEST(MetadataScansContract, AFileIsOnesWhoClaimedItUntilThatRunsOut)
{
    auto const file = this->put("lab");
    EXPECT_EQ(file.scan, Scan::waiting);
    EXPECT_EQ(run_blocking(this->store().scan_queue())->files, 1U);
    EXPECT_EQ(run_blocking(this->store().scan_queue())->oldest, kNow);
    EXPECT_EQ(this->claim()->id, file.id);
    EXPECT_FALSE(this->claim());
    EXPECT_TRUE(run_blocking(this->store().move_scan_claim(file.id, kNow + Seconds{30}, kNow + Seconds{60})));
    EXPECT_FALSE(this->claim(kNow + Seconds{59}, kNow + Seconds{90}));
    EXPECT_TRUE(this->claim(kNow + Seconds{60}, kNow + Seconds{90}));
    // It is another's now.
    EXPECT_EQ(run_blocking(this->store().move_scan_claim(file.id, kNow + Seconds{60}, kNow + Seconds{99})).error().code,
              Errc::not_found);
}

TYPED_TEST(MetadataScansContract, TheOneThatIsDueForLongestComesFirst)
{
    auto const late = this->put("late");
    ASSERT_EQ(this->claim()->id, late.id);
    auto const fresh = this->put("fresh");
    EXPECT_EQ(this->claim(kNow + Seconds{40}, kNow + Seconds{90})->id, fresh.id);
    EXPECT_EQ(this->claim(kNow + Seconds{40}, kNow + Seconds{90})->id, late.id);
}

TYPED_TEST(MetadataScansContract, WhatIsNoCompleteFileOrDoesntWaitIsNotClaimed)
{
    this->put("plain", Scan::none);
    this->put("part", Scan::waiting, true);
    auto room = this->room_named("going up");
    ASSERT_TRUE(run_blocking(this->store().create_room(room, this->session_in(room), kMany)));
    auto upload = this->file_in(room, "upload", 10);
    upload.scan = Scan::waiting;
    ASSERT_TRUE(run_blocking(this->store().create_file(upload, kNow)));
    EXPECT_FALSE(this->claim());
    EXPECT_EQ(run_blocking(this->store().scan_queue())->files, 0U);
}

TYPED_TEST(MetadataScansContract, AnArchiveHasAFileFromTheVersionThatOffersItOn)
{
    auto const file = this->put("lab");
    auto const other = this->put("other");
    EXPECT_EQ(this->archived(file.room_id), 0U);
    EXPECT_EQ(this->archived(file.room_id, {}, {file.id}), 0U);
    auto const offered = run_blocking(this->store().finish_scan(file.id, Scan::clean, kNow));
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->file.scan, Scan::clean);
    EXPECT_EQ(this->archived(file.room_id), 1U);
    EXPECT_EQ(this->archived(file.room_id, {}, {file.id}), 1U);
    EXPECT_EQ(this->archived(file.room_id, offered->room_version - 1), 0U);
    EXPECT_EQ(this->archived(other.room_id), 0U);
    EXPECT_EQ(run_blocking(this->store().finish_scan(file.id, Scan::clean, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().finish_scan(other.id, Scan::clean, kNow + Seconds{60})).error().code, Errc::not_found);
}

TYPED_TEST(MetadataScansContract, TurningScansOnAndOffMovesWhatWasNeverChecked)
{
    auto const plain = this->put("plain", Scan::none);
    auto const clean = this->put("clean");
    ASSERT_TRUE(run_blocking(this->store().finish_scan(clean.id, Scan::clean, kNow)));
    auto const scan_of = [&](FileEntry const& file) {
        return run_blocking(this->store().find_file(file.room_id, file.id, kNow))->scan;
    };
    ASSERT_TRUE(run_blocking(this->store().turn_scans(true)));
    EXPECT_EQ(scan_of(plain), Scan::waiting);
    EXPECT_EQ(scan_of(clean), Scan::clean);
    ASSERT_TRUE(run_blocking(this->store().turn_scans(false)));
    EXPECT_EQ(scan_of(plain), Scan::none);
    EXPECT_EQ(scan_of(clean), Scan::clean);
}

TYPED_TEST(MetadataScansContract, AnInfectedFileIsRememberedForAsLongAsItsRoomLives)
{
    auto const file = this->put("lab");
    auto const was = [&](std::string what) { return *run_blocking(this->store().was_infected(file.room_id, std::move(what))); };
    EXPECT_FALSE(was(file.name));
    auto const removed = run_blocking(this->store().remove_infected(file.room_id, file.id, kNow));
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->file.blob, file.blob);
    EXPECT_TRUE(was(file.name));
    EXPECT_TRUE(was(file.id.hex()));
    EXPECT_FALSE(was("another"));
    EXPECT_EQ(run_blocking(this->store().due_purges(kNow, 10))->size(), 1U);
    EXPECT_EQ(run_blocking(this->store().find_room_by_id(file.room_id, kNow))->used, ByteCount{0});
    EXPECT_EQ(run_blocking(this->store().remove_infected(file.room_id, file.id, kNow)).error().code, Errc::not_found);
    ASSERT_TRUE(run_blocking(this->store().end_room(file.room_id, kNow)));
    EXPECT_FALSE(was(file.name));
}

}  // namespace
}  // namespace fleeting
