// What the resumable protocols have in common: checksums, lengths told late, endings, parts put together, digests.

#include "crypto/running_crc32.hpp"
#include "crypto/sha256.hpp"
#include "support/world.hpp"

#include <fstream>

namespace fleeting {
namespace {

Bytes bytes_of(std::string const& text)
{
    return std::as_bytes(std::span{text});
}

StatedChecksum crc32_of(std::string const& text)
{
    auto crc32 = crypto::RunningCrc32{};
    crc32.update(bytes_of(text));
    auto stated = StatedChecksum{ChecksumKind::crc32, {}};
    for (auto shift = 24; shift >= 0; shift -= 8)
        stated.value.push_back(static_cast<std::byte>(crc32.value() >> shift));
    return stated;
}

class Engine : public testing::Test {
protected:
    Admission me() { return *world.admit("lab", owner); }
    CreateUpload wish(std::string name, std::optional<std::size_t> length = {})
    {
        auto made = CreateUpload{.name = std::move(name)};
        if (length)
            made.length = ByteCount{*length};
        return made;
    }
    /// As a start does, until all is digested.
    void digest_rest()
    {
        auto const work = [&]() -> Task<> {
            co_await world.uploads->digest_rest();
            co_return Result<>{};
        };
        ASSERT_TRUE(run_blocking(work()));
    }
    Result<FileEntry> append(FileId id, AppendUpload part, TextSource source)
    {
        return run_blocking(world.uploads->append(me(), id, std::move(part), source));
    }
    Result<FileEntry> create_with(CreateUpload made, AppendUpload part, TextSource source)
    {
        return run_blocking(world.uploads->create_with(me(), std::move(made), std::move(part), source));
    }
    Result<FileEntry> find(FileId id) { return run_blocking(world.uploads->find(me(), id)); }
    FileEntry create_endless() { return *run_blocking(world.uploads->create(me(), wish("endless"))); }
    FileId put_part(std::string text)
    {
        auto made = wish("", text.size());
        made.is_partial = true;
        auto const part = create_with(std::move(made), {}, TextSource{std::move(text)});
        EXPECT_TRUE(part && part->is_complete());
        return part->id;
    }
    std::string stored(FileEntry const& file)
    {
        auto text = std::string(run_blocking(world.blobs->size_of(file.blob))->value, '\0');
        EXPECT_TRUE(
            (*run_blocking(world.blobs->open_reader(file.blob)))->read_blocking({0}, std::as_writable_bytes(std::span{text})));
        return text;
    }
    std::size_t files_listed() { return run_blocking(world.store->list_files(owner.room.id, world.clock.now()))->size(); }

    World world;
    NewSession owner = world.open_room("lab");
};

TEST_F(Engine, CountsNothingOfARequestWhoseChecksumIsWrong)
{
    auto const file = *world.create(me(), "a", 10);
    ASSERT_TRUE(append(file.id, {.checksum = crc32_of("0123")}, TextSource{"0123"}));
    EXPECT_EQ(append(file.id, {.offset = {4}, .checksum = crc32_of("4567")}, TextSource{"4568"}).error().code,
              Errc::checksum_mismatch);
    EXPECT_EQ(find(file.id)->offset, ByteOffset{4});
    auto const done = append(file.id, {.offset = {4}, .checksum = crc32_of("456789")}, TextSource{"456789"});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->sha256, crypto::sha256(bytes_of("0123456789")));
    EXPECT_EQ(stored(*done), "0123456789");
}

TEST_F(Engine, CountsNothingOfARequestThatBrokeBeforeItsChecksumCouldHold)
{
    auto const file = *world.create(me(), "a", 10);
    EXPECT_EQ(append(file.id, {.checksum = crc32_of("0123456789")}, TextSource{"0123456789", 6}).error().code,
              Errc::body_truncated);
    EXPECT_EQ(find(file.id)->offset, ByteOffset{0});
    world.restart();
    EXPECT_EQ(find(file.id)->offset, ByteOffset{0});
}

TEST_F(Engine, CountsNothingUnverifiedAfterTheProcessDied)
{
    auto const file = *world.create(me(), "a", 10);
    ASSERT_TRUE(append(file.id, {}, TextSource{"01"}));
    // What a process leaves that dies with a checksum outstanding.
    ASSERT_TRUE(run_blocking(world.store->hold_back(file.id, ByteOffset{2})));
    std::ofstream{world.path_of(file), std::ios::app} << "wrong";
    world.restart();
    EXPECT_EQ(find(file.id)->offset, ByteOffset{2});
    EXPECT_EQ(append(file.id, {.offset = {2}, .wants_sha256 = true}, TextSource{"23456789"})->sha256,
              crypto::sha256(bytes_of("0123456789")));
}

TEST_F(Engine, IsToldALengthLateAndOnce)
{
    auto const file = create_endless();
    ASSERT_TRUE(append(file.id, {.ending = Ending::later}, TextSource{"0123"}));
    EXPECT_EQ(append(file.id, {.offset = {4}, .length = ByteCount{3}}, TextSource{""}).error().code, Errc::length_conflict);
    ASSERT_TRUE(append(file.id, {.offset = {4}, .length = ByteCount{6}}, TextSource{"4"}));
    EXPECT_EQ(append(file.id, {.offset = {5}, .length = ByteCount{7}}, TextSource{"5"}).error().code, Errc::length_conflict);
    auto const done = append(file.id, {.offset = {5}}, TextSource{"5"});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->is_complete());
    EXPECT_EQ(done->size, ByteCount{6});
}

TEST_F(Engine, NeverGrowsPastTheLimits)
{
    auto const file = create_endless();
    EXPECT_EQ(append(file.id, {.length = ByteCount{1001}}, TextSource{"0"}).error().code, Errc::file_too_large);
    EXPECT_EQ(append(file.id, {.ending = Ending::later}, TextSource{std::string(1001, 'x')}).error().code, Errc::file_too_large);
    EXPECT_EQ(find(file.id)->offset, ByteOffset{1000});
}

TEST_F(Engine, UsesARoomToItsLastByte)
{
    for (auto i = 0; i < 2; ++i)
        world.put(me(), "full", std::string(1000, 'x'));
    world.put(me(), "most", std::string(995, 'x'));
    auto const file = create_endless();
    EXPECT_EQ(append(file.id, {.ending = Ending::later}, TextSource{"012345"}).error().code, Errc::room_full);
    EXPECT_EQ(find(file.id)->offset, ByteOffset{5});
    EXPECT_TRUE(append(file.id, {.offset = {5}, .ending = Ending::at_source_end}, TextSource{""})->is_complete());
}

TEST_F(Engine, EndsWhereTheSourceDoes)
{
    auto const file = create_endless();
    ASSERT_TRUE(append(file.id, {.ending = Ending::later}, TextSource{"0123"}));
    EXPECT_FALSE(find(file.id)->is_complete());
    auto const done = append(file.id, {.offset = {4}, .ending = Ending::at_source_end}, TextSource{"45"});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->is_complete());
    EXPECT_EQ(append(file.id, {.offset = {6}, .ending = Ending::at_source_end}, TextSource{""}).error().code,
              Errc::upload_complete);
    EXPECT_EQ(append(file.id, {.offset = {6}}, TextSource{"more"}).error().code, Errc::length_conflict);
}

TEST_F(Engine, ListsAnUploadAsFarAsItIs)
{
    auto const file = *world.create(me(), "a", 10);
    ASSERT_TRUE(append(file.id, {}, TextSource{"0123"}));
    auto const files = run_blocking(world.uploads->list(owner.room.id));
    EXPECT_EQ(files->at(0).offset, ByteOffset{4}) << "its row is written later";
}

TEST_F(Engine, StaysOpenWhereTheSourceBroke)
{
    auto const file = create_endless();
    EXPECT_EQ(append(file.id, {.ending = Ending::at_source_end}, TextSource{"0123456789", 4}).error().code, Errc::body_truncated);
    auto const found = find(file.id);
    EXPECT_FALSE(found->is_complete());
    EXPECT_EQ(found->offset, ByteOffset{4});
}

TEST_F(Engine, KeepsNothingOfAFileThatIsNotWhatWasPromised)
{
    auto made = wish("a", 4);
    made.sha256 = crypto::sha256(bytes_of("0123"));
    EXPECT_EQ(create_with(made, {}, TextSource{"0124"}).error().code, Errc::checksum_mismatch);
    auto const file = *run_blocking(world.uploads->create(me(), made));
    ASSERT_TRUE(append(file.id, {}, TextSource{"01"}));
    EXPECT_EQ(append(file.id, {.offset = {2}}, TextSource{"24"}).error().code, Errc::checksum_mismatch);
    EXPECT_EQ(find(file.id).error().code, Errc::not_found);
    EXPECT_EQ(files_listed(), 0U);
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
    EXPECT_TRUE(create_with(made, {}, TextSource{"0123"}));
}

TEST_F(Engine, KeepsNothingOfACreationThatFailed)
{
    // Nobody was told its address: it would only hold quota until the room ends.
    EXPECT_EQ(create_with(wish("a", 10), {}, TextSource{"0123456789", 4}).error().code, Errc::body_truncated);
    EXPECT_EQ(create_with(wish("a"), {.ending = Ending::later}, TextSource{"0123456789", 4}).error().code, Errc::body_truncated);
    EXPECT_EQ(create_with(wish("a", 10), {.checksum = crc32_of("other")}, TextSource{"0123"}).error().code,
              Errc::checksum_mismatch);
    EXPECT_EQ(create_with(wish("a", 3), {}, TextSource{"0123"}).error().code, Errc::length_conflict);
    EXPECT_EQ(files_listed(), 0U);
    EXPECT_EQ(me().room.used, ByteCount{0});
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Engine, DigestsBesideAWriterOfASharedStoreAndNeverThroughIt)
{
    world.faulty_blobs->says_shared = true;
    auto const file = *world.create(me(), "a", 10);
    // Bytes that have a checksum aren't digested on their way: the follower has to read them.
    auto const done = append(file.id, {.checksum = crc32_of("0123456789"), .wants_sha256 = true}, TextSource{"0123456789"});
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->sha256, crypto::sha256(bytes_of("0123456789")));
    EXPECT_EQ(world.faulty_blobs->read_by_writers, 0) << "its list changes on another thread meanwhile";
}

TEST_F(Engine, CountsNothingUnverifiedAfterTwoCrashes)
{
    auto const file = *world.create(me(), "a", 10);
    ASSERT_TRUE(run_blocking(world.store->hold_back(file.id, ByteOffset{0})));
    std::ofstream{world.path_of(file), std::ios::app} << "wrong wro";
    world.restart();
    EXPECT_EQ(append(file.id, {}, TextSource{"0123456789", 2}).error().code, Errc::body_truncated);
    world.restart();
    EXPECT_EQ(find(file.id)->offset, ByteOffset{2});
    EXPECT_EQ(append(file.id, {.offset = {2}, .wants_sha256 = true}, TextSource{"23456789"})->sha256,
              crypto::sha256(bytes_of("0123456789")));
}

TEST_F(Engine, NeverCompletesWhatCouldNotBeSynced)
{
    auto const file = *world.create(me(), "a", 4);
    ASSERT_TRUE(append(file.id, {}, TextSource{"01"}));
    world.faulty_blobs->syncs_to_fail = 1;
    EXPECT_EQ(append(file.id, {.offset = {2}}, TextSource{"23"}).error().code, Errc::unavailable);
    EXPECT_EQ(find(file.id).error().code, Errc::not_found) << "the next sync would say that all is well";
    EXPECT_EQ(files_listed(), 0U);
}

TEST_F(Engine, KeepsAnUploadThatIsWholeWhileTheDiskIsFull)
{
    auto const file = *world.create(me(), "a", 4);
    world.faulty_blobs->sync_error = Errc::storage_full;
    world.faulty_blobs->syncs_to_fail = 1;
    EXPECT_EQ(append(file.id, {}, TextSource{"0123"}).error().code, Errc::storage_full);
    auto const found = find(file.id);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_TRUE(found->is_complete());
    EXPECT_EQ(stored(*found), "0123");
}

TEST_F(Engine, DropsAnUploadWhoseCheckpointCouldNotBeSynced)
{
    auto const file = *world.create(me(), "a", 4);
    world.faulty_blobs->syncs_to_fail = 1;
    EXPECT_EQ(append(file.id, {}, TextSource{"0123", 2}).error().code, Errc::body_truncated);
    EXPECT_EQ(append(file.id, {.offset = {2}}, TextSource{"23"}).error().code, Errc::not_found);
}

TEST_F(Engine, TellsNobodyOfBytesThatMayBeTakenBack)
{
    struct Told : TextSource {
        using TextSource::TextSource;
        std::vector<ByteOffset> offsets;
        net::awaitable<void> progressed(ByteOffset offset) override
        {
            offsets.push_back(offset);
            co_return;
        }
    };
    auto const file = *world.create(me(), "a", 10);
    auto checked = Told{"0123"};
    ASSERT_TRUE(run_blocking(world.uploads->append(me(), file.id, {.checksum = crc32_of("0123")}, checked)));
    EXPECT_EQ(checked.offsets, std::vector{ByteOffset{4}}) << "when they were verified";
    auto broken = Told{"456789", 3};
    EXPECT_FALSE(run_blocking(world.uploads->append(me(), file.id, {.offset = {4}, .checksum = crc32_of("456789")}, broken)));
    EXPECT_EQ(broken.offsets, std::vector{ByteOffset{4}}) << "none beyond what was there";
}

TEST_F(Engine, GivesMetadataBackAsItWas)
{
    auto made = wish("a", 1);
    made.metadata = "filename YQ==,mine eA==";
    auto const file = create_with(std::move(made), {}, TextSource{"x"});
    ASSERT_TRUE(file);
    EXPECT_EQ(*run_blocking(world.store->find_metadata(file->id)), "filename YQ==,mine eA==");
}

TEST_F(Engine, AnUploadThatAnotherNodeCompletesMeanwhileIsComplete)
{
    auto const file = *world.create(me(), "a", 4);
    world.faulty_blobs->before_seal = [&] {
        ASSERT_TRUE(run_blocking(world.store->complete_file(file.id, {ByteCount{4}, 0, {}}, world.clock.now())));
    };
    auto const done = append(file.id, {}, TextSource{"0123"});
    ASSERT_TRUE(done) << "not_found would say that it is gone";
    EXPECT_EQ(done->id, file.id);
    EXPECT_TRUE(done->is_complete());
    EXPECT_EQ(stored(*done), "0123");
}

TEST_F(Engine, PutsPartsTogetherInTheirOrder)
{
    auto const first = put_part("hello ");
    auto const second = put_part("world");
    EXPECT_EQ(files_listed(), 0U);
    auto const whole = run_blocking(world.uploads->concatenate(me(), wish("whole"), {first, second}));
    ASSERT_TRUE(whole) << whole.error().detail;
    EXPECT_EQ(stored(*whole), "hello world");
    auto crc32 = crypto::RunningCrc32{};
    crc32.update(bytes_of("hello world"));
    EXPECT_EQ(whole->crc32, crc32.value());
    EXPECT_EQ(find(first).error().code, Errc::not_found);
    auto const again = run_blocking(world.uploads->concatenate(me(), wish("whole"), {first, second}));
    EXPECT_EQ(again ? again->id : FileId{}, whole->id) << "the answer may have been lost";
    EXPECT_EQ(append(whole->id, {.offset = whole->offset}, TextSource{""}).error().code, Errc::forbidden);
    world.reap();
    EXPECT_EQ(world.blob_count(), 1U);
}

TEST_F(Engine, PutsTogetherOnlyTheCallersFinishedParts)
{
    auto const part = put_part("hello");
    auto unfinished = wish("", 5);
    unfinished.is_partial = true;
    auto const begun = *run_blocking(world.uploads->create(me(), unfinished));
    auto const ordinary = world.put(me(), "a", "x");
    auto const concatenate = [&](Admission const& as, std::vector<FileId> ids) {
        return run_blocking(world.uploads->concatenate(as, wish("whole"), std::move(ids))).error();
    };
    auto const tom = *world.admit("lab", *world.join("lab"));
    for (auto const& ids : std::vector<std::vector<FileId>>{{}, {part, part}, {part, begun.id}, {ordinary.id}, {FileId{}}})
        EXPECT_EQ(concatenate(me(), ids).field, "Upload-Concat");
    EXPECT_EQ(concatenate(tom, {part}).field, "Upload-Concat");
    EXPECT_TRUE(find(part));
}

TEST_F(Engine, HoldsAConcatenationToItsDigest)
{
    auto const part = put_part("hello");
    auto whole = wish("whole");
    whole.sha256 = crypto::sha256(bytes_of("other"));
    EXPECT_EQ(run_blocking(world.uploads->concatenate(me(), whole, {part})).error().code, Errc::checksum_mismatch);
    EXPECT_TRUE(find(part)) << "the parts are still there";
    EXPECT_EQ(world.faulty_blobs->put_together, 0) << "a blob without a row isn't left to wait for its digest";
    whole.sha256 = crypto::sha256(bytes_of("hello, world"));
    auto const made = run_blocking(world.uploads->concatenate(me(), whole, {part, put_part(""), put_part(", world")}));
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(made->sha256, whole.sha256);
    EXPECT_EQ(stored(*made), "hello, world");
}

TEST_F(Engine, DigestsAfterARestartWhatTheLastProcessLeft)
{
    auto const file = *world.create(me(), "a", 10);
    ASSERT_TRUE(append(file.id, {}, TextSource{"0123"}));
    std::ofstream{world.path_of(file), std::ios::app} << "456789";
    ASSERT_TRUE(run_blocking(world.store->complete_file(file.id, {{10}, 0, {}}, world.clock.now())));
    world.restart();
    digest_rest();
    EXPECT_EQ(find(file.id)->sha256, crypto::sha256(bytes_of("0123456789")));
}

TEST_F(Engine, GivesNoDigestUpBecauseAReadFailed)
{
    auto const file = *world.create(me(), "a", 4);
    ASSERT_TRUE(append(file.id, {}, TextSource{"01"}));
    std::ofstream{world.path_of(file), std::ios::app} << "23";
    ASSERT_TRUE(run_blocking(world.store->complete_file(file.id, {{4}, 0, {}}, world.clock.now())));
    world.restart();
    world.faulty_blobs->reads_to_fail = 2;
    digest_rest();
    EXPECT_EQ(find(file.id)->sha256, crypto::sha256(bytes_of("0123")));
}

TEST_F(Engine, GivesNoDigestUpBecauseTheDatabaseWasGone)
{
    auto const file = *world.create(me(), "a", 4);
    ASSERT_TRUE(append(file.id, {}, TextSource{"01"}));
    std::ofstream{world.path_of(file), std::ios::app} << "23";
    ASSERT_TRUE(run_blocking(world.store->complete_file(file.id, {{4}, 0, {}}, world.clock.now())));
    auto const back_at = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()) + Milliseconds{200};
    world.execute("CREATE TRIGGER gone BEFORE UPDATE OF sha256 ON file WHEN (julianday('now') - 2440587.5) * 86400000 < " +
                  std::to_string(back_at.time_since_epoch().count()) + " BEGIN SELECT RAISE(ABORT, 'gone'); END");
    digest_rest();
    EXPECT_EQ(find(file.id)->sha256, crypto::sha256(bytes_of("0123")));
}

TEST_F(Engine, NamesTheFieldOfAStrangeName)
{
    EXPECT_EQ(create_with(wish("../up", 1), {}, TextSource{"x"}).error().code, Errc::invalid_name);
}

}  // namespace
}  // namespace fleeting
