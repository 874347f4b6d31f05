// Random histories of what takes a room's space and gives it back. HISTORIES and SEED choose how many and which.

#include "support/histories.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

class QuotaHistories : public testing::Test {
protected:
    void live_one(std::uint64_t number)
    {
        name_ = "room-" + std::to_string(number);
        owner_ = world_.open_room(name_);
        for (auto steps = 5 + below(12); steps > 0; --steps) {
            step();
            check();
        }
        ASSERT_TRUE(run_blocking(world_.rooms->close(me())));
        world_.reap();
        EXPECT_EQ(world_.blob_count(), 0U);
    }

    std::uint64_t below(std::uint64_t bound) { return histories_.below(bound); }
    Histories histories_{10};

private:
    Admission me() { return *world_.admit(name_, owner_); }
    std::vector<FileEntry> files() { return *run_blocking(world_.store->list_files(owner_.room.id, world_.clock.now())); }

    /// Lengths around what a file (1,000) and the room (3,000) may have.
    std::size_t length() { return below(4) == 0 ? 990 + below(20) : below(900); }

    void step()
    {
        auto const all = files();
        switch (below(6)) {
        case 0: {
            auto source = TextSource{std::string(length(), 'x'), below(2) == 0 ? std::string::npos : below(500)};
            std::ignore = run_blocking(world_.uploads->put(me(), {.name = "put", .length = source.length()}, {}, source));
            return;
        }
        case 1:
            std::ignore = run_blocking(world_.uploads->create(me(), {.name = "known", .length = ByteCount{length()}}));
            return;
        case 2: std::ignore = run_blocking(world_.uploads->create(me(), {.name = "open"})); return;
        default:
            if (!all.empty())
                change(all[below(all.size())]);
        }
    }

    /// Bytes at the right offset or another, broken off or not, with a length told late or not; or its removal.
    void change(FileEntry const& file)
    {
        if (below(4) == 0) {
            ASSERT_TRUE(run_blocking(world_.uploads->remove(me(), file.id)));
            return;
        }
        auto part = AppendUpload{.offset = {below(8) == 0 ? below(1'000) : file.offset.value}};
        if (!file.length_known && below(3) == 0)
            part.length = ByteCount{file.offset.value + length()};
        if (!file.length_known)
            part.ending = below(3) == 0 ? Ending::at_source_end : Ending::later;
        auto source = TextSource{std::string(length(), 'y'), below(3) == 0 ? below(500) : std::string::npos};
        std::ignore = run_blocking(world_.uploads->append(me(), file.id, std::move(part), source));
    }

    void check()
    {
        auto const used = me().room.used.value;
        auto taken = std::uint64_t{0};
        auto const all = files();
        for (auto const& file : all) {
            EXPECT_LE(file.size.value, 1'000U);
            EXPECT_LE(file.offset.value, file.size.value);
            taken += file.size.value;
        }
        EXPECT_EQ(used, taken);
        EXPECT_LE(used, 3'000U);
        EXPECT_LE(all.size(), 10U);
    }

    World world_;
    std::string name_;
    NewSession owner_;
};

TEST_F(QuotaHistories, UseWhatTheirFilesTakeAndNeverMoreThanTheRoomHas)
{
    for (auto number = std::uint64_t{0}; number < histories_.count() && !HasFailure(); ++number) {
        SCOPED_TRACE("history " + std::to_string(number) + ", seed " + std::to_string(histories_.seed()));
        live_one(number);
    }
    histories_.tell("histories of a room's space");
}

}  // namespace
}  // namespace fleeting
