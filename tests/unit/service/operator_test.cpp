// What the operator sees and does.

#include "crypto/sha256.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

class Operator : public testing::Test {
protected:
    Admission me() { return *world.admit("lab", owner); }
    Result<std::string> block(std::string text) { return run_blocking(world.operator_service->block(std::move(text))); }
    Result<FileEntry> put(std::string name, std::string text)
    {
        auto source = TextSource{std::move(text)};
        return run_blocking(world.uploads->put(me(), {.name = std::move(name), .length = source.length()}, {}, source));
    }
    std::size_t file_count() { return run_blocking(world.uploads->list(me().room.id))->size(); }

    World world;
    NewSession owner = world.open_room("lab");
};

TEST_F(Operator, IsToldSizesAndNoNames)
{
    world.put(me(), "secret.txt", "four");
    auto const rooms = *run_blocking(world.operator_service->rooms(10));
    ASSERT_EQ(rooms.size(), 1U);
    EXPECT_EQ(rooms[0].id, me().room.id);
    EXPECT_EQ(rooms[0].used, ByteCount{4});
    EXPECT_EQ(run_blocking(world.operator_service->totals())->rooms, 1U);
}

TEST_F(Operator, EndsARoomByItsNameOrItsId)
{
    auto const running = me().cutoff;
    ASSERT_TRUE(run_blocking(world.operator_service->end_room_named("LAB")));
    EXPECT_TRUE(running->has_passed(world.clock.now()));
    EXPECT_EQ(world.admit("lab", owner).error().code, Errc::room_ended);
    EXPECT_EQ(run_blocking(world.operator_service->end_room_named("lab")).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(world.operator_service->end_room_named("a b")).error().code, Errc::invalid_name);
    auto const next = world.open_room("next");
    ASSERT_TRUE(run_blocking(world.operator_service->end_room(next.room.id)));
    EXPECT_FALSE(world.admit("next", next));
}

TEST_F(Operator, DrainsANodeThatStillServesItsRooms)
{
    world.operator_service->drain(true);
    EXPECT_EQ(run_blocking(world.rooms->create({})).error().code, Errc::draining);
    EXPECT_TRUE(put("a", "four"));
    EXPECT_TRUE(world.join("lab"));
    world.operator_service->drain(false);
    EXPECT_TRUE(run_blocking(world.rooms->create({})));
}

TEST_F(Operator, KnowsTheTokenAndNothingLikeIt)
{
    EXPECT_FALSE(world.operator_service->has_token());
    EXPECT_FALSE(world.operator_service->is_token("")) << "where there is none, nothing is it";
    world.operator_token = "a token of twenty-four.";
    world.restart();
    EXPECT_TRUE(world.operator_service->is_token("a token of twenty-four."));
    for (auto const* const other : {"", "a", "a token of twenty-four", "a token of twenty-four..", "A token of twenty-four."})
        EXPECT_FALSE(world.operator_service->is_token(other)) << other;
}

TEST_F(Operator, RemovesABlockedFileWhereverItIsAndLetsNoneInAgain)
{
    auto const file = world.put(me(), "bad", "four");
    auto const other = world.open_room("other");
    world.put(*world.admit("other", other), "renamed", "four");
    world.put(me(), "good", "five!");
    ASSERT_TRUE(block(file.sha256->hex()));
    EXPECT_EQ(file_count(), 1U);
    EXPECT_TRUE(run_blocking(world.uploads->list(other.room.id))->empty());
    EXPECT_EQ(put("again", "four").error().code, Errc::content_blocked);
    EXPECT_EQ(file_count(), 1U);
    world.reap();
    EXPECT_EQ(world.blob_count(), 1U);
    world.restart();
    EXPECT_EQ(put("again", "four").error().code, Errc::content_blocked) << "also after a restart, which applies what is stored";
    ASSERT_TRUE(run_blocking(world.operator_service->unblock(file.sha256->hex())));
    EXPECT_TRUE(put("again", "four"));
}

TEST_F(Operator, LetsNoFileInThatIsBlockedWhileItIsSealed)
{
    auto source = TextSource{"0123"};
    auto const digest = crypto::sha256(std::as_bytes(std::span{std::string_view{"0123"}}));
    auto const file = run_blocking(world.uploads->create(me(), {.name = "a", .length = ByteCount{4}, .sha256 = digest}));
    ASSERT_TRUE(file);
    world.faulty_blobs->before_seal = [&] { ASSERT_TRUE(block(digest.hex())); };
    EXPECT_EQ(run_blocking(world.uploads->append(me(), file->id, {}, source)).error().code, Errc::content_blocked);
    EXPECT_EQ(file_count(), 0U);
}

TEST_F(Operator, LeavesTheFilesOfRoomsPastTheirDeadlineToTheReaper)
{
    auto settings = World::cheap();
    settings.limits.file_count = 200;
    world.upload_settings.sync = false;
    world.restart_with(settings);
    auto const full = world.open_room("full");
    auto const as = *world.admit("full", full);
    auto file = FileEntry{};
    for (auto i = 0; i < 100; ++i)  // as many as are removed at once
        file = world.put(as, "bad", "four");
    world.clock.advance(Seconds{60});
    EXPECT_TRUE(block(file.sha256->hex()));
    EXPECT_EQ(world.blob_count(), 100U);
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Operator, RefusesAnUploadThatComesInPartsOnceItIsKnown)
{
    auto const digest = world.put(me(), "whole", "four").sha256->hex();
    ASSERT_TRUE(block(digest));
    auto const upload = *world.create(me(), "parts", 4);
    ASSERT_TRUE(world.append(me(), upload.id, 0, TextSource{"fo"}));
    EXPECT_EQ(world.append(me(), upload.id, 2, TextSource{"ur"}).error().code, Errc::content_blocked);
    EXPECT_EQ(file_count(), 0U);
}

TEST_F(Operator, CutsWhatDownloadsABlockedFileAndNothingElse)
{
    auto const bad = world.put(me(), "bad", "four");
    auto const good = world.put(me(), "good", "five!");
    auto const reading_bad = *run_blocking(world.downloads->open(me(), bad.id));
    auto const reading_good = *run_blocking(world.downloads->open(me(), good.id));
    auto const only_bytes = (*run_blocking(world.downloads->open(me(), bad.id))).file->gone;
    auto const both = *run_blocking(world.archives->lay_out(me(), {}));
    auto const one = *run_blocking(world.archives->lay_out(me(), {.ids = {good.id}, .at = {}}));
    ASSERT_TRUE(block("192.0.2.0/24"));
    EXPECT_FALSE(reading_bad.file->gone->has_passed(world.clock.now()));
    ASSERT_TRUE(block(bad.sha256->hex()));
    EXPECT_TRUE(reading_bad.file->gone->has_passed(world.clock.now()));
    EXPECT_TRUE(only_bytes->has_passed(world.clock.now())) << "all that a response holds of the file";
    EXPECT_TRUE(both->gone->has_passed(world.clock.now()));
    EXPECT_FALSE(reading_good.file->gone->has_passed(world.clock.now()));
    EXPECT_FALSE(one->gone->has_passed(world.clock.now()));
}

TEST_F(Operator, BlocksRangesOfBothFamilies)
{
    ASSERT_TRUE(block("192.0.2.9/24"));
    ASSERT_TRUE(block("2001:db8::/32"));
    EXPECT_EQ(world.blocks.range_of("192.0.2.200"), "192.0.2.0/24");
    EXPECT_EQ(world.blocks.range_of("2001:db8:1::1"), "2001:db8::/32");
    EXPECT_FALSE(world.blocks.range_of("192.0.3.1"));
    EXPECT_EQ(run_blocking(world.operator_service->blocks())->size(), 2U);
    ASSERT_TRUE(run_blocking(world.operator_service->unblock("192.0.2.0/24")));
    EXPECT_FALSE(world.blocks.range_of("192.0.2.200"));
    EXPECT_EQ(run_blocking(world.operator_service->unblock("192.0.2.0/24")).error().code, Errc::not_found);
    EXPECT_EQ(block("everybody").error().field, "block");
}

TEST(Deliveries, ForgetWhatIsClosed)
{
    auto deliveries = Deliveries{};
    auto const key = BlobKey{{std::byte{1}}};
    auto const other = BlobKey{{std::byte{2}}};
    auto const held = deliveries.add(key);
    for (auto i = 0; i < 1000; ++i)
        std::ignore = deliveries.add(other);
    EXPECT_EQ(deliveries.blobs(), std::vector{key});
    deliveries.cut({other});
    EXPECT_FALSE(held->has_passed(Instant{}));
    deliveries.cut({key});
    EXPECT_TRUE(held->has_passed(Instant{}));
}

}  // namespace
}  // namespace fleeting
