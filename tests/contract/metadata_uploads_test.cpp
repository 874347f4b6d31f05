// What every MetadataStore promises of uploads, the files they become, and archives of them.

#include "metadata_backends.hpp"

#include <algorithm>

namespace fleeting {
namespace {

template <class Backend>
class MetadataUploadsContract : public MetadataStoreContract<Backend> {
protected:
    /// An upload whose length nobody has told.
    FileEntry put_endless(Room const& room)
    {
        auto file = this->file_in(room, "endless", 0);
        file.length_known = false;
        return run_blocking(this->store().create_file(file, kNow))->file;
    }
    /// A complete partial upload.
    FileEntry put_part(Room const& room, std::uint64_t size)
    {
        auto file = this->file_in(room, "", size);
        file.name = '/' + file.id.hex();
        file.is_partial = true;
        EXPECT_TRUE(run_blocking(this->store().create_file(file, kNow)));
        return complete(file, size);
    }
    FileEntry complete(FileEntry const& file, std::uint64_t size, std::optional<Sha256> sha256 = Sha256{})
    {
        auto const done = run_blocking(this->store().complete_file(file.id, {{size}, 7, sha256}, kNow));
        EXPECT_TRUE(done);
        return done->file;
    }
    /// `whole`, complete, as a concatenation inserts it.
    FileEntry whole_in(Room const& room, std::uint64_t size)
    {
        auto file = this->file_in(room, "whole", size);
        file.state = FileState::complete;
        file.offset = {size};
        file.crc32 = 7;
        file.completed_at = kNow;
        return file;
    }
    std::vector<std::string> names_in_archive(Room const& room, std::optional<std::uint64_t> at = {},
                                              std::vector<FileId> ids = {})
    {
        auto const entries = run_blocking(this->store().list_archive(room.id, at, std::move(ids), kNow));
        EXPECT_TRUE(entries);
        auto names = std::vector<std::string>{};
        std::ranges::transform(*entries, std::back_inserter(names), &ArchiveEntry::name);
        return names;
    }
};

TYPED_TEST_SUITE(MetadataUploadsContract, MetadataBackends);

TYPED_TEST(MetadataUploadsContract, KeepsAllOfAFileAsItWasTold)
{
    auto room = this->room_named("lab");
    room.size_limit = room.file_size_limit = {kMaxSize};
    ASSERT_TRUE(run_blocking(this->store().create_room(room, this->session_in(room), kMany)));
    auto file = this->whole_in(room, kMaxSize);
    file.uploader_id = crypto::random_id<TokenHash>();
    file.sha256 = crypto::random_id<Sha256>();
    file.stated_sha256 = crypto::random_id<Sha256>();
    file.crc32 = 0xffff'ffff;
    file.modified_at = Instant{Milliseconds{-1}};
    file.metadata = "filename d29ybGQ=, é";
    file.concatenated_from = "a b";
    ASSERT_TRUE(run_blocking(this->store().create_file(file, kNow)));
    auto const found = run_blocking(this->store().find_file_by_name(room.id, "whole", kNow));
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(std::tie(found->id, found->room_id, found->blob, found->uploader, found->uploader_id),
              std::tie(file.id, file.room_id, file.blob, file.uploader, file.uploader_id));
    EXPECT_EQ(std::tie(found->size, found->offset, found->length_known, found->state, found->is_partial, found->media_type),
              std::tie(file.size, file.offset, file.length_known, file.state, file.is_partial, file.media_type));
    EXPECT_EQ(std::tie(found->sha256, found->stated_sha256, found->crc32, found->concatenated_from),
              std::tie(file.sha256, file.stated_sha256, file.crc32, file.concatenated_from));
    EXPECT_EQ(std::tie(found->created_at, found->completed_at, found->modified_at, found->unverified_from),
              std::tie(file.created_at, file.completed_at, file.modified_at, file.unverified_from));
    EXPECT_EQ(found->completed_version, 2U);
    EXPECT_EQ(run_blocking(this->store().find_metadata(file.id)), file.metadata);
    EXPECT_EQ(this->now_of(room).used, ByteCount{kMaxSize});
}

TYPED_TEST(MetadataUploadsContract, IsToldALengthOnce)
{
    auto const room = this->open_room("lab");
    auto const file = this->put_endless(room);
    EXPECT_EQ(run_blocking(this->store().set_length(file.id, {1001})).error().code, Errc::room_full);
    ASSERT_TRUE(run_blocking(this->store().set_length(file.id, {400})));
    EXPECT_EQ(this->now_of(room).used, ByteCount{400});
    EXPECT_TRUE(run_blocking(this->store().set_length(file.id, {400}))) << "the same again is no change";
    EXPECT_EQ(run_blocking(this->store().set_length(file.id, {401})).error().code, Errc::length_conflict);
    auto const found = run_blocking(this->store().find_file(room.id, file.id, kNow));
    EXPECT_TRUE(found->length_known);
    EXPECT_EQ(found->size, ByteCount{400});
    EXPECT_EQ(run_blocking(this->store().set_length(crypto::random_id<FileId>(), {1})).error().code, Errc::not_found);
}

TYPED_TEST(MetadataUploadsContract, RemembersWhichBytesWaitForTheirChecksum)
{
    auto const room = this->open_room("lab");
    auto const file = this->put(room, "a", 100);
    auto const held_from = [&] { return run_blocking(this->store().find_file(room.id, file.id, kNow))->unverified_from; };
    ASSERT_TRUE(run_blocking(this->store().hold_back(file.id, ByteOffset{10})));
    this->backend_.reopen();
    EXPECT_EQ(held_from(), ByteOffset{10});
    ASSERT_TRUE(run_blocking(this->store().save_checkpoint(file.id, {ByteOffset{10}, {}})));
    EXPECT_EQ(held_from(), ByteOffset{10}) << "a checkpoint before them says nothing of them";
    ASSERT_TRUE(run_blocking(this->store().save_checkpoint(file.id, {ByteOffset{20}, {}})));
    EXPECT_EQ(held_from(), std::nullopt);
    ASSERT_TRUE(run_blocking(this->store().hold_back(file.id, ByteOffset{30})));
    ASSERT_TRUE(run_blocking(this->store().hold_back(file.id, {})));
    EXPECT_EQ(held_from(), std::nullopt);
    EXPECT_EQ(run_blocking(this->store().hold_back(crypto::random_id<FileId>(), {})).error().code, Errc::not_found);
}

TYPED_TEST(MetadataUploadsContract, NeverTakesACheckpointBack)
{
    auto const file = this->put(this->open_room("lab"), "a", 100);
    ASSERT_TRUE(run_blocking(this->store().save_checkpoint(file.id, {ByteOffset{20}, {}})));
    EXPECT_EQ(run_blocking(this->store().save_checkpoint(file.id, {ByteOffset{10}, {}})).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().find_checkpoint(file.id))->offset, ByteOffset{20});
}

TYPED_TEST(MetadataUploadsContract, PutsPartsTogetherInOneStep)
{
    auto const room = this->open_room("lab");
    auto const first = this->put_part(room, 300);
    auto const second = this->put_part(room, 200);
    EXPECT_EQ(this->now_of(room).version, 1U) << "nobody is told of parts";
    auto whole = this->whole_in(room, 500);
    whole.concatenated_from = first.id.hex() + " " + second.id.hex();
    auto const made = run_blocking(this->store().concatenate_files(whole, {first.id, second.id}, kNow));
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(made->room_version, 2U);
    EXPECT_EQ(made->file.concatenated_from, whole.concatenated_from);
    EXPECT_EQ(this->now_of(room).used, ByteCount{500});
    EXPECT_EQ(this->now_of(room).file_count, 1U);
    EXPECT_EQ(run_blocking(this->store().find_file(room.id, first.id, kNow)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->store().due_purges(kNow, 10))->size(), 2U);
}

TYPED_TEST(MetadataUploadsContract, LeavesEveryPartWhereOneIsMissing)
{
    auto const room = this->open_room("lab");
    auto const part = this->put_part(room, 300);
    auto const ordinary = this->complete(this->put(room, "a", 5), 5);
    for (auto const& other : {crypto::random_id<FileId>(), ordinary.id})
        EXPECT_EQ(run_blocking(this->store().concatenate_files(this->whole_in(room, 300), {part.id, other}, kNow)).error().code,
                  Errc::not_found);
    EXPECT_TRUE(run_blocking(this->store().find_file(room.id, part.id, kNow)));
    EXPECT_EQ(this->now_of(room).used, ByteCount{305});
    EXPECT_TRUE(run_blocking(this->store().due_purges(kNow, 10))->empty());
}

TYPED_TEST(MetadataUploadsContract, ShowsNoPartInAList)
{
    auto const room = this->open_room("lab");
    this->put_part(room, 300);
    EXPECT_TRUE(run_blocking(this->store().list_files(room.id, kNow))->empty());
    EXPECT_TRUE(this->names_in_archive(room).empty());
    EXPECT_TRUE(run_blocking(this->store().list_undigested())->empty());
}

TYPED_TEST(MetadataUploadsContract, IsToldADigestAfterTheFileIsComplete)
{
    auto const room = this->open_room("lab");
    auto const file = this->complete(this->put(room, "a", 5), 5, std::nullopt);
    EXPECT_EQ(run_blocking(this->store().list_undigested())->size(), 1U);
    auto const told = run_blocking(this->store().set_sha256(file.id, Sha256{}, kNow));
    ASSERT_TRUE(told);
    EXPECT_EQ(told->file.sha256, Sha256{});
    EXPECT_EQ(told->room_version, 4U);
    EXPECT_TRUE(run_blocking(this->store().list_undigested())->empty());
    EXPECT_EQ(run_blocking(this->store().set_sha256(crypto::random_id<FileId>(), Sha256{}, kNow)).error().code, Errc::not_found);
    auto const upload = this->put(room, "b", 5);
    EXPECT_EQ(run_blocking(this->store().set_sha256(upload.id, Sha256{}, kNow)).error().code, Errc::not_found);
}

TYPED_TEST(MetadataUploadsContract, ListsTheArchiveOfAnEarlierVersion)
{
    auto const room = this->open_room("lab");
    auto const late = this->put(room, "begun first", 5);
    auto const early = this->complete(this->put(room, "complete first", 5), 5);
    EXPECT_EQ(this->names_in_archive(room), (std::vector<std::string>{"complete first"}));
    auto const version = this->now_of(room).version;
    this->complete(late, 5);
    EXPECT_EQ(this->names_in_archive(room), (std::vector<std::string>{"complete first", "begun first"}));
    EXPECT_EQ(this->names_in_archive(room, version), (std::vector<std::string>{"complete first"}));
    EXPECT_EQ(this->names_in_archive(room, {}, {late.id}), (std::vector<std::string>{"begun first"}));
    ASSERT_TRUE(run_blocking(this->store().remove_file(room.id, early.id, kNow)));
    EXPECT_TRUE(this->names_in_archive(room, version).empty());
}

TYPED_TEST(MetadataUploadsContract, GivesNoArchiveAcrossRoomsOrAfterTheDeadline)
{
    auto const room = this->open_room("lab");
    auto const file = this->complete(this->put(room, "a", 5), 5);
    EXPECT_TRUE(this->names_in_archive(this->open_room("other"), {}, {file.id}).empty());
    EXPECT_TRUE(run_blocking(this->store().list_archive(room.id, {}, {}, room.expires_at))->empty());
}

TYPED_TEST(MetadataUploadsContract, KeepsTheTimeOfTheUploadersOwnFile)
{
    auto const room = this->open_room("lab");
    auto file = this->file_in(room, "a", 5);
    file.modified_at = kNow - Seconds{1'000'000};
    ASSERT_TRUE(run_blocking(this->store().create_file(file, kNow)));
    this->complete(file, 5);
    this->complete(this->put(room, "b", 5), 5);
    auto const entries = run_blocking(this->store().list_archive(room.id, {}, {}, kNow));
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(0).modified_at, *file.modified_at);
    EXPECT_EQ(entries->at(1).modified_at, kNow);
}

}  // namespace
}  // namespace fleeting
