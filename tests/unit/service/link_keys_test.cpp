#include "service/link_keys.hpp"

#include "async/run_blocking.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

constexpr auto kDay = std::chrono::hours{24};

/// Two nodes on one database.
class LinkKeysTest : public testing::Test {
protected:
    LinkKeysTest()
    {
        world.clock.set(Instant{std::chrono::days{20'000}});
        EXPECT_TRUE(run_blocking(one.refresh()));
        EXPECT_TRUE(run_blocking(other.refresh()));
    }
    static bool is_same(std::optional<crypto::HmacKey> const& a, crypto::HmacKey const& b)
    {
        return a && std::ranges::equal(a->bytes(), b.bytes());
    }

    World world;
    ClockGuard guard{*world.store, world.clock};
    LinkKeys one{*world.store, guard, world.clock};
    LinkKeys other{*world.store, guard, world.clock};
};

TEST_F(LinkKeysTest, AreTheSameOnEachNode)
{
    auto const newest = *one.newest();
    EXPECT_EQ(newest.id, 20'000U);
    EXPECT_TRUE(is_same(other.accepted(newest.id), newest.key));
    EXPECT_FALSE(is_same(other.accepted(newest.id + 1), newest.key)) << "tomorrow's is another";
    EXPECT_FALSE(one.accepted(19'998));
    EXPECT_FALSE(one.accepted(0));
}

TEST_F(LinkKeysTest, ChangeOnceADayAndTheLastOneStaysForAnHour)
{
    auto const before = *one.newest();
    world.clock.advance(kDay);
    auto const after = *one.newest();
    EXPECT_EQ(after.id, before.id + 1) << "without asking the database";
    EXPECT_TRUE(is_same(other.accepted(after.id), after.key));
    EXPECT_TRUE(is_same(other.accepted(before.id), before.key));
    world.clock.advance(std::chrono::hours{1});
    EXPECT_FALSE(one.accepted(before.id));
}

TEST_F(LinkKeysTest, ThatAreOverAreErasedFromTheDatabase)
{
    auto const day = one.newest()->id;
    world.clock.advance(kDay + std::chrono::hours{1});
    EXPECT_TRUE(run_blocking(one.refresh()));
    EXPECT_EQ(*run_blocking(world.store->get_or_insert("link_key_" + std::to_string(day), "gone")), "gone");
    EXPECT_NE(*run_blocking(world.store->get_or_insert("link_key_" + std::to_string(day + 1), "gone")), "gone");
}

TEST_F(LinkKeysTest, OfANodeThatStartsInTheNewKeysFirstHourOpenLinksOfBefore)
{
    auto const before = *one.newest();
    world.clock.advance(kDay);
    auto fresh = LinkKeys{*world.store, guard, world.clock};
    EXPECT_TRUE(run_blocking(fresh.refresh()));
    EXPECT_TRUE(is_same(fresh.accepted(before.id), before.key));
}

TEST_F(LinkKeysTest, RunOutWhereTheDatabaseWasAwayForADay)
{
    world.clock.advance(2 * kDay);
    EXPECT_EQ(one.newest().error().code, Errc::unavailable);
    EXPECT_TRUE(run_blocking(one.refresh()));
    EXPECT_TRUE(one.newest());
}

TEST_F(LinkKeysTest, ThatIsDamagedIsToldByItsName)
{
    auto const tomorrow = "link_key_" + std::to_string(20'001);
    EXPECT_TRUE(run_blocking(world.store->exchange(tomorrow, "nonsense")));
    auto fresh = LinkKeys{*world.store, guard, world.clock};
    auto const refused = run_blocking(fresh.refresh());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().detail.contains(tomorrow));
}

/// A database with a clock of its own, and a way there.
class ClockedSettings final : public SettingsStore {
public:
    explicit ClockedSettings(ManualClock& node) : node_(node) {}
    Task<std::string> get_or_insert(std::string, std::string fresh) override { co_return fresh; }
    Task<std::string> find_setting(std::string) override { co_return std::string{}; }
    Task<std::string> exchange(std::string, std::string) override { co_return std::string{}; }
    Task<> remove_setting(std::string) override { co_return Result<>{}; }
    Task<> check() override { co_return Result<>{}; }
    Task<std::optional<Instant>> clock() override
    {
        node_.advance(way);
        auto const there = node_.now() - ahead;
        node_.advance(way);
        co_return std::optional{there};
    }

    Milliseconds ahead{0};
    Milliseconds way{0};

private:
    ManualClock& node_;
};

TEST(ClockGuard, RefusesToSignWhileTheClockIsMoreThanTwoSecondsOff)
{
    auto clock = ManualClock{};
    auto database = ClockedSettings{clock};
    auto guard = ClockGuard{database, clock};
    auto keys = LinkKeys{database, guard, clock};
    EXPECT_TRUE(run_blocking(keys.refresh()));
    for (auto const ahead : {0, 2'000, -2'000, 2'001, -60'000, 10}) {
        database.ahead = Milliseconds{ahead};
        EXPECT_TRUE(run_blocking(guard.compare()));
        EXPECT_EQ(guard.offset(), Milliseconds{ahead});
        EXPECT_EQ(keys.newest().has_value(), std::abs(ahead) <= 2'000) << ahead;
    }
}

TEST(ClockGuard, DoesntBlameTheClockForTheWay)
{
    auto clock = ManualClock{};
    auto database = ClockedSettings{clock};
    auto guard = ClockGuard{database, clock};
    database.way = Milliseconds{1'500};
    database.ahead = Milliseconds{3'000};
    EXPECT_TRUE(run_blocking(guard.compare()));
    EXPECT_TRUE(guard.check());
    database.way = Milliseconds{10};
    EXPECT_TRUE(run_blocking(guard.compare()));
    EXPECT_EQ(guard.check().error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fleeting
