// What every MetadataStore promises of direct uploads: which parts the store has, who completes, and what nobody knows any more.

#include "metadata_backends.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace fleeting {
namespace {

template <class Backend>
class MetadataDirectContract : public MetadataStoreContract<Backend> {
protected:
    /// A file of 250 bytes in parts of 100.
    FileEntry begin(Room const& room)
    {
        auto file = this->file_in(room, "film", 250);
        file.is_direct = true;
        EXPECT_TRUE(run_blocking(this->store().add_direct_upload(upload_of(file))));
        EXPECT_TRUE(run_blocking(this->store().create_file(file, kNow)));
        return file;
    }
    static DirectUpload upload_of(FileEntry const& file) { return {file.blob, "2~" + file.blob.hex(), {100}}; }
    static DirectPart part(std::uint32_t number, std::uint32_t crc32 = 0xffff'ffff)
    {
        return {number, {number == 3 ? 50U : 100U}, "\"etag-" + std::to_string(number) + "\"", crc32};
    }
    Result<FileEntry> record(FileEntry const& file, DirectPart what, Instant now = kNow)
    {
        return run_blocking(this->store().record_direct_part(file.blob, std::move(what), now));
    }
    Errc refusal_of(Result<> const& result) { return result ? Errc{} : result.error().code; }
    Result<> claim(FileEntry const& file, Instant now, Instant until)
    {
        return run_blocking(this->store().claim_direct_upload(file.blob, now, until));
    }
    Result<> extend(FileEntry const& file, Instant until, Instant later)
    {
        return run_blocking(this->store().extend_direct_claim(file.blob, until, later));
    }
    Result<> release(FileEntry const& file, Instant until, bool forget_parts = false)
    {
        return run_blocking(this->store().release_direct_upload(file.blob, until, forget_parts));
    }
    std::vector<DirectPart> parts_of(FileEntry const& file) { return *run_blocking(this->store().list_direct_parts(file.blob)); }
    ByteOffset offset_of(FileEntry const& file)
    {
        return run_blocking(this->store().find_file(file.room_id, file.id, kNow))->offset;
    }
};

TYPED_TEST_SUITE(MetadataDirectContract, MetadataBackends);

TYPED_TEST(MetadataDirectContract, KeepsAnUploadAndItsPartsOverARestart)
{
    auto const file = this->begin(this->open_room("lab"));
    ASSERT_TRUE(this->record(file, this->part(3)));
    ASSERT_TRUE(this->record(file, this->part(1, 0)));
    this->backend_.reopen();
    auto const upload = run_blocking(this->store().find_direct_upload(file.blob));
    ASSERT_TRUE(upload) << upload.error().detail;
    EXPECT_EQ(upload->upload_id, this->upload_of(file).upload_id);
    EXPECT_EQ(upload->part_size, ByteCount{100});
    EXPECT_EQ(this->parts_of(file), (std::vector{this->part(1, 0), this->part(3)}));
    auto const found = run_blocking(this->store().find_file(file.room_id, file.id, kNow));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->is_direct);
    EXPECT_EQ(found->offset, ByteOffset{150});
}

TYPED_TEST(MetadataDirectContract, CountsAPartOnceHoweverOftenItIsRecorded)
{
    auto const file = this->begin(this->open_room("lab"));
    EXPECT_EQ(this->record(file, this->part(2))->offset, ByteOffset{100});
    EXPECT_EQ(this->record(file, this->part(2, 5))->offset, ByteOffset{100});
    EXPECT_EQ(this->record(file, this->part(3))->offset, ByteOffset{150});
    EXPECT_EQ(this->parts_of(file), (std::vector{this->part(2, 5), this->part(3)}));
}

TYPED_TEST(MetadataDirectContract, RecordsNothingOfAFileThatIsGoneOrComplete)
{
    auto const room = this->open_room("lab");
    auto const removed = this->begin(room);
    ASSERT_TRUE(run_blocking(this->store().remove_file(room.id, removed.id, kNow)));
    EXPECT_EQ(this->record(removed, this->part(1)).error().code, Errc::not_found);
    EXPECT_TRUE(this->parts_of(removed).empty());
    auto const complete = this->begin(room);
    ASSERT_TRUE(run_blocking(this->store().complete_file(complete.id, {{250}, 7, {}}, kNow)));
    EXPECT_EQ(this->record(complete, this->part(1)).error().code, Errc::not_found);
    EXPECT_EQ(this->record(this->file_in(room, "tus", 10), this->part(1)).error().code, Errc::not_found);
}

TYPED_TEST(MetadataDirectContract, GivesAClaimToOneAtATimeUntilItRunsOut)
{
    auto const file = this->begin(this->open_room("lab"));
    auto const until = kNow + Seconds{10};
    ASSERT_TRUE(this->claim(file, kNow, until));
    EXPECT_EQ(this->refusal_of(this->claim(file, until - Milliseconds{1}, until + Seconds{10})), Errc::upload_busy);
    EXPECT_EQ(this->record(file, this->part(1), until - Milliseconds{1}).error().code, Errc::upload_busy);
    EXPECT_TRUE(this->record(file, this->part(1), until));
    EXPECT_TRUE(this->claim(file, until, until + Seconds{10}));
    EXPECT_EQ(this->refusal_of(this->claim(this->file_in(this->open_room("other"), "none", 1), kNow, until)), Errc::not_found);
}

TYPED_TEST(MetadataDirectContract, EndsAClaimForItsHolderOnly)
{
    auto const file = this->begin(this->open_room("lab"));
    ASSERT_TRUE(this->record(file, this->part(1)));
    auto const first = kNow + Seconds{10};
    auto const second = first + Seconds{10};
    ASSERT_TRUE(this->claim(file, kNow, first));
    ASSERT_TRUE(this->claim(file, first, second));
    ASSERT_TRUE(this->release(file, first, true));
    EXPECT_EQ(this->parts_of(file).size(), 1U) << "whose claim ran out forgets nothing of another's";
    EXPECT_EQ(this->refusal_of(this->claim(file, first, second)), Errc::upload_busy);
    ASSERT_TRUE(this->release(file, second));
    EXPECT_EQ(this->parts_of(file).size(), 1U);
    EXPECT_TRUE(this->claim(file, first, second));
}

TYPED_TEST(MetadataDirectContract, ExtendsAClaimForItsHolderOnly)
{
    auto const file = this->begin(this->open_room("lab"));
    auto const first = kNow + Seconds{10};
    auto const second = first + Seconds{10};
    ASSERT_TRUE(this->claim(file, kNow, first));
    ASSERT_TRUE(this->extend(file, first, second));
    EXPECT_EQ(this->refusal_of(this->claim(file, first, second)), Errc::upload_busy);
    ASSERT_TRUE(this->release(file, first));
    EXPECT_EQ(this->refusal_of(this->claim(file, first, second)), Errc::upload_busy) << "its name is the new one";
    auto const third = second + Seconds{10};
    ASSERT_TRUE(this->claim(file, second, third));
    EXPECT_EQ(this->refusal_of(this->extend(file, second, third + Seconds{10})), Errc::upload_busy);
    ASSERT_TRUE(this->release(file, third));
    EXPECT_EQ(this->refusal_of(this->extend(file, third, third + Seconds{10})), Errc::upload_busy);
}

TYPED_TEST(MetadataDirectContract, ForgetsPartsWithTheClaimOfWhoFoundThemWrong)
{
    auto const file = this->begin(this->open_room("lab"));
    ASSERT_TRUE(this->record(file, this->part(1)));
    ASSERT_TRUE(this->record(file, this->part(2)));
    ASSERT_TRUE(this->claim(file, kNow, kNow + Seconds{10}));
    ASSERT_TRUE(this->release(file, kNow + Seconds{10}, true));
    EXPECT_TRUE(this->parts_of(file).empty());
    EXPECT_EQ(this->offset_of(file), ByteOffset{0});
    EXPECT_EQ(this->record(file, this->part(2))->offset, ByteOffset{100});
}

TYPED_TEST(MetadataDirectContract, HasOneWinnerOfManyWhoClaimAndLosesNoPartOfManyWhoRecord)
{
    auto const file = this->begin(this->open_room("lab"));
    auto claims = std::atomic<int>{0};
    auto threads = std::vector<std::thread>{};
    for (auto number = std::uint32_t{1}; number <= 3; ++number)
        threads.emplace_back([&, number] { EXPECT_TRUE(this->record(file, this->part(number))); });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(this->offset_of(file), ByteOffset{250});
    threads.clear();
    for (auto rival = 0; rival < 8; ++rival)
        threads.emplace_back([&, rival] { claims += this->claim(file, kNow, kNow + Seconds{10 + rival}).has_value() ? 1 : 0; });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(claims, 1);
}

TYPED_TEST(MetadataDirectContract, RemembersTheStoresUploadUntilItsBlobIsErased)
{
    auto const room = this->open_room("lab");
    auto const file = this->begin(room);
    auto const other = this->begin(room);
    ASSERT_TRUE(this->record(file, this->part(1)));
    ASSERT_TRUE(run_blocking(this->store().end_room(room.id, kNow)));
    auto const known = run_blocking(this->store().list_direct_uploads({file.blob, crypto::random_id<BlobKey>(), other.blob}));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->size(), 2U);
    ASSERT_TRUE(run_blocking(this->store().remove_direct_uploads({file.blob})));
    EXPECT_EQ(run_blocking(this->store().find_direct_upload(file.blob)).error().code, Errc::not_found);
    EXPECT_TRUE(this->parts_of(file).empty()) << "parts go with their upload";
    EXPECT_EQ(run_blocking(this->store().list_direct_uploads({file.blob, other.blob}))->front().blob, other.blob);
    EXPECT_TRUE(run_blocking(this->store().remove_direct_uploads({file.blob})));
}

TYPED_TEST(MetadataDirectContract, KnowsWhichOfTheStoresUploadsAreOfNoFile)
{
    auto const room = this->open_room("lab");
    auto const file = this->begin(room);
    auto const removed = this->begin(room);
    ASSERT_TRUE(run_blocking(this->store().remove_file(room.id, removed.id, kNow)));
    auto const unborn = this->upload_of(this->file_in(room, "unborn", 1));
    ASSERT_TRUE(run_blocking(this->store().add_direct_upload(unborn)));
    auto const ours = this->upload_of(file).upload_id;
    auto unknown = *run_blocking(
        this->store().unknown_direct_uploads({"2~nobody's", this->upload_of(removed).upload_id, ours, unborn.upload_id}));
    EXPECT_EQ(unknown.size(), 3U);
    EXPECT_EQ(std::ranges::find(unknown, ours), unknown.end());
}

TYPED_TEST(MetadataDirectContract, AwaitsNoDigestOfADirectFile)
{
    auto const file = this->begin(this->open_room("lab"));
    ASSERT_TRUE(run_blocking(this->store().complete_file(file.id, {{250}, 7, {}}, kNow)));
    EXPECT_TRUE(run_blocking(this->store().list_undigested())->empty());
}

}  // namespace
}  // namespace fleeting
