// Random histories of a clock that jumps, of restarts, rooms and links. HISTORIES and SEED choose how many and which.

#include "service/clock_guard.hpp"
#include "support/histories.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

/// What a member knows of a room, in the time of the process: when it ends, its file, and a link with its last moment.
struct KnownRoom {
    std::string name;
    NewSession owner;
    Instant ends;
    FileEntry file;
    ParsedLink link;
};

/// One machine: while the process runs its time is its own, a jump of the wall clock is met by the next start.
class ClockHistories : public testing::Test {
protected:
    void live_one()
    {
        rooms_.clear();
        has_restarted_ = false;
        for (auto steps = 4 + below(8); steps > 0; --steps) {
            step();
            check();
        }
        pass(Seconds{kLongest} + Milliseconds{1});
        check();
        EXPECT_EQ(world_.blob_count(), 0U);
    }

    std::uint64_t below(std::uint64_t bound) { return histories_.below(bound); }
    Histories histories_{5};

private:
    static constexpr auto kLongest = 86'400;

    void step()
    {
        switch (below(6)) {
        case 0:
        case 1: return open_room("room-" + std::to_string(made_++));
        case 2: return pass(Milliseconds{below(12'000)});
        case 3: return pass(Seconds{below(3'600)});
        case 4: jumped_ += jump(); return;
        default: return restart();
        }
    }

    /// From a second to twenty years, either way; no machine's clock stands before 1970.
    Milliseconds jump()
    {
        constexpr auto kSizes = std::array{1'000LL, 5'000LL, 60'000LL, 3'600'000LL, 86'400'000LL, 315'360'000'000LL};
        auto const size = kSizes.at(below(kSizes.size()));
        auto const by = Milliseconds{size + static_cast<long long>(below(static_cast<std::uint64_t>(size)))};
        auto const ahead = world_.clock.now() + jumped_ - Instant{Milliseconds{1'700'000'000'000}};
        auto const is_far = std::chrono::abs(ahead) > std::chrono::years{20};
        return (is_far ? ahead.count() < 0 : below(2) == 0) ? by : -by;
    }

    void open_room(std::string name)
    {
        auto const ttl = Seconds{1 + below(below(2) == 0 ? 60 : kLongest)};
        auto owner = world_.open_room(name, ttl);
        auto const ends = owner.room.expires_at;
        auto const me = *world_.admit(name, owner);
        auto file = world_.put(me, "a", "x");
        auto link = link_to(me, file);
        rooms_.push_back({std::move(name), std::move(owner), ends, std::move(file), link});
    }

    ParsedLink link_to(Admission const& me, FileEntry const& file)
    {
        auto const path = *world_.downloads->sign(*run_blocking(world_.downloads->open(me, file.id))->file, binding_);
        auto const at = [&](std::string_view key) {
            auto const from = path.find(key) + key.size();
            return path.substr(from, path.find_first_of("?&", from) - from);
        };
        return *parse_link(at("/d/"), at("?e="), at("&k="), at("&s="));
    }

    void pass(Milliseconds time)
    {
        world_.clock.advance(time);
        ASSERT_TRUE(run_blocking(world_.link_keys->refresh()));  // as their loop does twice a minute
        world_.reap();
    }

    void restart()
    {
        world_.clock.advance(std::exchange(jumped_, Milliseconds{0}));
        world_.restart();
        has_restarted_ = true;
        auto const latest = world_.clock.now() + Seconds{kLongest};
        ASSERT_TRUE(run_blocking(world_.store->clamp_expiry(latest)));  // as the reaper's loop begins
        for (auto& room : rooms_)
            room.ends = std::min(room.ends, latest);
        world_.reap();
    }

    void check()
    {
        auto const now = world_.clock.now();
        auto alive = std::size_t{0};
        for (auto const& room : rooms_) {
            auto const is_alive = now < room.ends;
            alive += is_alive ? 1 : 0;
            auto const admitted = world_.admit(room.name, room.owner);
            EXPECT_EQ(admitted.has_value(), is_alive)
                << room.name << ", " << (room.ends - now).count() << " ms before its end, at " << now.time_since_epoch().count()
                << (admitted ? "" : ": " + admitted.error().detail);
            auto const opened = run_blocking(world_.downloads->open_link(room.link, {LinkBearer{binding_, room.owner.token}}));
            if (opened)
                EXPECT_TRUE(is_alive && is_in_window(room.link, now)) << room.name << " by its link";
            else
                EXPECT_FALSE(is_alive && now < room.link.expires_at && !has_restarted_) << room.name << " by its link";
        }
        EXPECT_EQ(world_.blob_count(), alive);
        std::erase_if(rooms_, [&](KnownRoom const& room) { return now >= room.ends; });
    }

    static bool is_in_window(ParsedLink const& link, Instant now)
    {
        return now < link.expires_at && link.expires_at <= now + kLinkWindow + 2 * ClockGuard::kTolerance;
    }

    World world_;
    Sha256 binding_ = Sha256{{std::byte{1}}};
    std::vector<KnownRoom> rooms_;
    std::uint64_t made_ = 0;
    Milliseconds jumped_{0};
    bool has_restarted_ = false;
};

TEST_F(ClockHistories, ServeNothingLateEraseNothingEarlyAndOpenNoLinkBeyondItsWindow)
{
    for (auto number = std::uint64_t{0}; number < histories_.count() && !HasFailure(); ++number) {
        SCOPED_TRACE("history " + std::to_string(number) + ", seed " + std::to_string(histories_.seed()));
        live_one();
    }
    histories_.tell("histories of clock jumps");
}

}  // namespace
}  // namespace fleeting
