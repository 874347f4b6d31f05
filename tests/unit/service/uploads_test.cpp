#include "support/world.hpp"

#include <fstream>
#include <semaphore>
#include <thread>

namespace fleeting {
namespace {

class Uploads : public testing::Test {
protected:
    Admission me() { return *world.admit("lab", owner); }
    World world;
    NewSession owner = world.open_room("lab");
};

TEST_F(Uploads, GoOnFromWhereTheBytesEnded)
{
    auto const file = *world.create(me(), "a", 10);
    EXPECT_EQ(world.append(me(), file.id, 0, TextSource{"0123456789", 4}).error().code, Errc::body_truncated);
    EXPECT_EQ(run_blocking(world.uploads->find(me(), file.id))->offset, ByteOffset{4});
    EXPECT_EQ(world.append(me(), file.id, 0, TextSource{"0123456789"}).error().code, Errc::offset_conflict);
    auto const done = world.append(me(), file.id, 4, TextSource{"456789"});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->is_complete());
    EXPECT_EQ(done->sha256->hex(), "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
}

TEST_F(Uploads, GoOnAfterTheProcessDied)
{
    auto const file = *world.create(me(), "a", 10);
    world.append(me(), file.id, 0, TextSource{"0123456789", 4}).error();
    world.restart();
    EXPECT_EQ(run_blocking(world.uploads->find(me(), file.id))->offset, ByteOffset{4});
    EXPECT_EQ(world.append(me(), file.id, 4, TextSource{"456789"})->sha256->hex(),
              "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
}

TEST_F(Uploads, CountBytesThatReachedTheDiskThoughTheProcessDiedBeforeItSaidSo)
{
    auto const file = *world.create(me(), "a", 10);
    world.append(me(), file.id, 0, TextSource{"0123456789", 4}).error();
    std::ofstream{world.path_of(file), std::ios::app} << "45";
    world.restart();
    EXPECT_EQ(run_blocking(world.uploads->find(me(), file.id))->offset, ByteOffset{6});
    EXPECT_EQ(world.append(me(), file.id, 6, TextSource{"6789"})->sha256->hex(),
              "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
}

TEST_F(Uploads, DontTrustSuchBytesOnceTheMachineHasRestarted)
{
    auto const file = *world.create(me(), "a", 10);
    world.append(me(), file.id, 0, TextSource{"0123456789", 4}).error();
    std::ofstream{world.path_of(file), std::ios::app} << "??";
    world.restart("boot 2");
    EXPECT_EQ(run_blocking(world.uploads->find(me(), file.id))->offset, ByteOffset{4});
    world.restart("boot 2");
    EXPECT_EQ(run_blocking(world.uploads->find(me(), file.id))->offset, ByteOffset{4}) << "a second start of that boot neither";
}

TEST_F(Uploads, AreCompleteWhenTheLastByteCameJustBeforeTheProcessDied)
{
    auto const file = *world.create(me(), "a", 10);
    world.append(me(), file.id, 0, TextSource{"0123456789", 4}).error();
    std::ofstream{world.path_of(file), std::ios::app} << "456789";
    world.restart();
    EXPECT_TRUE(run_blocking(world.uploads->find(me(), file.id))->is_complete());
}

TEST_F(Uploads, TakeNoByteMoreThanTheirLength)
{
    auto const file = *world.create(me(), "a", 3);
    EXPECT_EQ(world.append(me(), file.id, 0, TextSource{"0123"}).error().code, Errc::length_conflict);
    EXPECT_EQ(world.create(me(), "b", 1001).error().code, Errc::file_too_large);
}

TEST_F(Uploads, NeverGoOverTheRoomsQuota)
{
    for (auto i = 0; i < 3; ++i)
        ASSERT_TRUE(world.create(me(), "a", 1000));
    EXPECT_EQ(world.create(me(), "b", 1).error().code, Errc::room_full);
}

TEST_F(Uploads, GiveEqualNamesANumber)
{
    EXPECT_EQ(world.put(me(), "notes/α.pdf", "1").name, "notes/α.pdf");
    EXPECT_EQ(world.put(me(), "notes/α.pdf", "2").name, "notes/α (2).pdf");
}

TEST_F(Uploads, OfPutKeepNothingWhenTheyBreak)
{
    auto source = TextSource{"0123456789", 4};
    EXPECT_FALSE(run_blocking(world.uploads->put(me(), {"a", "", ByteCount{10}}, {}, source)));
    EXPECT_TRUE(run_blocking(world.store->list_files(owner.room.id, world.clock.now()))->empty());
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
}

TEST_F(Uploads, OfPutKeepNothingWhereAnotherRequestHasThem)
{
    struct Held : TextSource {
        using TextSource::TextSource;
        std::counting_semaphore<> begun{0};
        std::counting_semaphore<> may_end{0};
        Task<bool> ready() override
        {
            begun.release();
            may_end.acquire();
            co_return false;
        }
    };
    struct Overtaken : TextSource {
        using TextSource::TextSource;
        std::function<void()> overtake;
        [[nodiscard]] std::function<void()> canceller() const override
        {
            overtake();
            return [] {};
        }
    };
    world.upload_settings.lock_patience = Milliseconds{1};
    world.restart();
    auto const as = me();
    auto const list = [&] { return *run_blocking(world.store->list_files(owner.room.id, world.clock.now())); };
    auto held = Held{""};
    auto other = std::jthread{};
    auto source = Overtaken{"0123456789"};
    source.overtake = [&] {
        other = std::jthread{[&, id = list().at(0).id] {
            EXPECT_TRUE(run_blocking(world.uploads->append(as, id, {.ending = Ending::later}, held)));
            held.begun.release();
        }};
        held.begun.acquire();
    };
    EXPECT_EQ(run_blocking(world.uploads->put(as, {.name = "a"}, {}, source)).error().code, Errc::upload_busy);
    EXPECT_TRUE(list().empty());
    held.may_end.release();
}

TEST_F(Uploads, BelongToTheirUploader)
{
    auto const file = *world.create(me(), "a", 10);
    auto const other = *world.admit("lab", *world.join("lab"));
    EXPECT_EQ(world.append(other, file.id, 0, TextSource{"x"}).error().code, Errc::forbidden);
    EXPECT_EQ(run_blocking(world.uploads->remove(other, file.id)).error().code, Errc::forbidden);
    EXPECT_TRUE(run_blocking(world.uploads->remove(me(), file.id)));
}

}  // namespace
}  // namespace fleeting
