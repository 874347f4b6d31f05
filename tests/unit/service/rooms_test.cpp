#include "crypto/password.hpp"
#include "support/world.hpp"

namespace fleeting {
namespace {

Errc code_of(auto const& result)
{
    EXPECT_FALSE(result);
    return result ? Errc{} : result.error().code;
}

TEST(RoomService, LetsInWhoHasNameAndPassword)
{
    auto world = World{};
    auto const owner = world.open_room("Lab-1");
    auto const member = world.join("LAB-1");
    ASSERT_TRUE(member);
    EXPECT_EQ(member->room.id, owner.room.id);
    EXPECT_TRUE(world.admit("lab-1", owner)->is_owner());
    EXPECT_FALSE(world.admit("lab-1", *member)->is_owner());
}

TEST(RoomService, AnswersAnUnknownRoomAsAWrongPassword)
{
    auto world = World{};
    world.open_room("lab");
    EXPECT_EQ(code_of(world.join("lab", "not the password")), Errc::not_admitted);
    EXPECT_EQ(code_of(world.join("hall")), Errc::not_admitted);
}

TEST(RoomService, SpendsAsMuchOnAnUnknownRoomAsOnAWrongPassword)
{
    auto world = World{};
    world.open_room("lab");
    crypto::dummy_hash(World::cheap().password_cost);  // a node makes it at its start
    for (auto const& [room, password] : {std::pair{"lab", "not the password"},
                                         {"hall", "not the password"},
                                         {"no name", "not the password"},
                                         {"lab", "short"},
                                         {"hall", "short"}}) {
        auto const before = crypto::password_hashes_made();
        EXPECT_EQ(code_of(world.join(room, password)), Errc::not_admitted) << room;
        EXPECT_EQ(crypto::password_hashes_made() - before, 1U) << room << ", " << password;
    }
    auto const owner = world.open_room("gone", Seconds{10});
    world.clock.advance(Seconds{10});
    auto const before = crypto::password_hashes_made();
    EXPECT_EQ(code_of(world.join("gone")), Errc::not_admitted);
    EXPECT_EQ(crypto::password_hashes_made() - before, 1U) << "a room that has ended";
}

RoomServiceSettings peppered(std::string_view secret)
{
    auto settings = World::cheap();
    settings.pepper.emplace(std::as_bytes(std::span{secret}));
    return settings;
}

TEST(RoomService, SpendsAsMuchOnAnUnknownRoomAsOnAWrongPasswordWhereThereIsAPepper)
{
    auto const settings = peppered("ours");
    auto world = World{settings};
    world.open_room("lab");
    crypto::dummy_hash(settings.password_cost, settings.pepper);
    for (auto const& [room, password] : {std::pair{"lab", "not the password"}, {"hall", "not the password"}, {"lab", "short"}}) {
        auto const before = crypto::password_hashes_made();
        EXPECT_EQ(code_of(world.join(room, password)), Errc::not_admitted) << room;
        EXPECT_EQ(crypto::password_hashes_made() - before, 1U) << room << ", " << password;
    }
}

TEST(RoomService, MixesThePepperIntoANewPasswordToo)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    world.restart_with(peppered("ours"));
    EXPECT_TRUE(world.join("lab")) << "made before there was a pepper";
    ASSERT_TRUE(run_blocking(world.rooms->change(*world.admit("lab", owner), {{}, {}, "other plain words"})));
    EXPECT_TRUE(world.join("lab", "other plain words"));
    world.restart_with(World::cheap());
    EXPECT_EQ(code_of(world.join("lab", "other plain words")), Errc::not_admitted);
    EXPECT_TRUE(world.admit("lab", owner)) << "who is in stays in";
}

TEST(RoomService, BindsASessionToTheRoomNotToItsName)
{
    auto world = World{};
    auto const first = world.open_room("lab");
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("lab", first))));
    world.open_room("lab");
    EXPECT_EQ(code_of(world.admit("lab", first)), Errc::no_session);
}

TEST(RoomService, TellsWhoWasInARoomWhenItEndedAndSaysItOfNoOtherRoom)
{
    auto world = World{};
    auto const first = world.open_room("First");
    world.open_room("second");
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("first", first))));
    auto const closed_at = world.clock.now();
    world.clock.advance(Seconds{20});
    auto const told = world.admit("FIRST", first);
    EXPECT_EQ(code_of(told), Errc::room_ended);
    EXPECT_EQ(told.error().ended_at, closed_at);
    EXPECT_EQ(code_of(world.admit("second", first)), Errc::no_session);
    EXPECT_EQ(code_of(world.admit("nonexistent", first)), Errc::no_session);
}

TEST(RoomService, TellsThatARoomHasEndedWithoutHavingSeenItAndForADay)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    auto const tom = *world.join("lab");
    auto const eve = *world.join("lab");
    ASSERT_TRUE(run_blocking(world.rooms->leave(*world.admit("lab", eve))));
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit("lab", owner))));
    world.restart();
    EXPECT_EQ(code_of(world.admit("lab", tom)), Errc::room_ended);
    EXPECT_EQ(code_of(world.admit("lab", eve)), Errc::no_session) << "she had left before";
    world.clock.advance(Tombstone::kKept - Seconds{1});
    EXPECT_EQ(code_of(world.admit("lab", tom)), Errc::room_ended);
    world.clock.advance(Seconds{1});
    EXPECT_EQ(code_of(world.admit("lab", tom)), Errc::no_session);
}

TEST(RoomService, TellsOfADeadlineBeforeAnySweepTheSameAsAfterIt)
{
    auto world = World{};
    auto const owner = world.open_room("lab", Seconds{10});
    world.clock.advance(Seconds{11});
    for (auto const* const when : {"before", "after"}) {
        auto const told = world.admit("lab", owner);
        EXPECT_EQ(code_of(told), Errc::room_ended) << when;
        EXPECT_EQ(told.error().ended_at, owner.room.expires_at) << when;
        world.reap();
    }
}

TEST(RoomService, RefusesEverythingFromTheDeadlineOn)
{
    auto world = World{};
    auto const owner = world.open_room("lab", Seconds{10});
    world.clock.advance(Milliseconds{9'999});
    EXPECT_TRUE(world.admit("lab", owner));
    world.clock.advance(Milliseconds{1});
    EXPECT_FALSE(world.admit("lab", owner));
    EXPECT_EQ(code_of(world.join("lab")), Errc::not_admitted);
    EXPECT_NE(world.open_room("lab").room.id, owner.room.id) << "its name is free at once, also before the reaper came";
}

TEST(RoomService, LetsOnlyTheOwnerChangeOrEndIt)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    auto const member = *world.admit("lab", *world.join("lab"));
    EXPECT_EQ(code_of(run_blocking(world.rooms->change(member, {Seconds{10}, {}, {}}))), Errc::forbidden);
    EXPECT_EQ(code_of(run_blocking(world.rooms->close(member))), Errc::forbidden);
    auto const changed = run_blocking(world.rooms->change(*world.admit("lab", owner), {Seconds{10}, true, {}}));
    EXPECT_EQ(changed->expires_at, world.clock.now() + Seconds{10});
    EXPECT_EQ(code_of(world.create(*world.admit("lab", owner), "a", 1)), Errc::uploads_locked);
}

TEST(RoomService, ExtendsUpToTheLongestLifeFromCreationOn)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    world.clock.advance(Seconds{30});
    auto const wish = [&](Seconds ttl) { return run_blocking(world.rooms->change(*world.admit("lab", owner), {ttl, {}, {}})); };
    EXPECT_TRUE(wish(Seconds{86'370}));
    EXPECT_EQ(code_of(wish(Seconds{86'371})), Errc::invalid_request);
    EXPECT_EQ(code_of(wish(Seconds{0})), Errc::invalid_request);
}

TEST(Cutoffs, FollowTheNewestRowAndNoOlderOne)
{
    auto cutoffs = Cutoffs{};
    auto room = Room{};
    room.expires_at = Instant{Seconds{10}};
    auto const cutoff = cutoffs.of(room);
    auto extended = room;
    extended.version = 2;
    extended.expires_at = Instant{Seconds{20}};
    cutoffs.move(extended);
    cutoffs.of(room);  // read before the owner extended it
    EXPECT_FALSE(cutoff->has_passed(Instant{Seconds{15}}));
    cutoffs.end(room.id);
    EXPECT_TRUE(cutoff->has_passed(Instant{Seconds{15}}));
    EXPECT_TRUE(cutoffs.of(extended)->has_passed(Instant{Seconds{15}}));
}

TEST(Cutoffs, EndAMemberAloneAndEveryMemberWithTheRoom)
{
    auto cutoffs = Cutoffs{};
    auto room = Room{};
    room.expires_at = Instant{Seconds{10}};
    auto const now = Instant{Seconds{5}};
    auto const [tom, ada] = std::pair{TokenHash{{std::byte{1}}}, TokenHash{{std::byte{2}}}};
    auto const of = [&](TokenHash member) { return cutoffs.of_member(room.id, member, cutoffs.of(room)); };
    auto const running = of(tom);
    EXPECT_EQ(running, of(tom)) << "one for all that runs";
    cutoffs.end_member(room.id, tom);
    EXPECT_TRUE(running->has_passed(now));
    EXPECT_FALSE(running->room().has_passed(now));
    EXPECT_TRUE(of(tom)->has_passed(now)) << "also for who was admitted just before";
    EXPECT_FALSE(of(ada)->has_passed(now));
    cutoffs.let_in(room.id, tom);
    EXPECT_FALSE(of(tom)->has_passed(now));
    EXPECT_TRUE(running->has_passed(now));
    EXPECT_TRUE(of(ada)->has_passed(room.expires_at));
    auto const others = of(ada);
    cutoffs.end(room.id);
    EXPECT_TRUE(others->has_passed(now));
}

TEST(RoomService, RemovesAMemberWhoMayThenComeInAgainWithThePassword)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    auto const tom = *world.join("lab");
    auto const admission = *world.admit("lab", tom);
    auto const remove = [&](NewSession const& as, TokenHash const& whom) {
        return run_blocking(world.rooms->remove_member(*world.admit("lab", as), member_id(whom)));
    };
    EXPECT_EQ(code_of(remove(tom, owner.session.id)), Errc::forbidden);
    EXPECT_EQ(code_of(remove(owner, owner.session.id)), Errc::forbidden);
    ASSERT_TRUE(remove(owner, tom.session.id));
    EXPECT_EQ(code_of(remove(owner, tom.session.id)), Errc::not_found);
    EXPECT_TRUE(admission.cutoff->has_passed(world.clock.now()));
    EXPECT_EQ(code_of(world.admit("lab", tom)), Errc::no_session);
    EXPECT_TRUE(world.join("lab"));
}

TEST(RoomService, LetsNobodyNewThroughALockedDoor)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    auto const basic = [&](std::string user) {
        return run_blocking(world.rooms->admit("lab", {{}, BasicCredential{std::move(user), "four plain words"}, "::1"}));
    };
    auto const lock = [&](bool is_locked) {
        auto wish = ChangeRoom{};
        wish.door_locked = is_locked;
        return run_blocking(world.rooms->change(*world.admit("lab", owner), wish))->door_locked;
    };
    ASSERT_TRUE(basic("tom"));
    EXPECT_TRUE(lock(true));
    EXPECT_EQ(code_of(world.join("lab")), Errc::door_locked);
    EXPECT_EQ(code_of(world.join("lab", "not the password")), Errc::not_admitted) << "only who knows the password is told";
    EXPECT_EQ(code_of(basic("ada")), Errc::door_locked);
    EXPECT_TRUE(basic("tom")) << "who is in stays in";
    EXPECT_FALSE(lock(false));
    EXPECT_TRUE(world.join("lab"));
}

TEST(RoomService, CutsWhatRunsForARoomWhoseNameIsTakenAgainBeforeTheReaperComes)
{
    auto world = World{};
    auto const cutoff = world.admit("lab", world.open_room("lab", Seconds{10}))->cutoff;
    world.clock.advance(Seconds{10});
    world.open_room("lab");
    EXPECT_TRUE(cutoff->has_passed(Instant{}));
}

TEST(RoomService, TakesTheNewPasswordAndKeepsWhoIsIn)
{
    auto world = World{};
    auto const owner = world.open_room("lab");
    auto const member = *world.join("lab");
    ASSERT_TRUE(run_blocking(world.rooms->change(*world.admit("lab", owner), {{}, {}, "other plain words"})));
    EXPECT_FALSE(world.join("lab"));
    EXPECT_TRUE(world.join("lab", "other plain words"));
    EXPECT_TRUE(world.admit("lab", member));
}

TEST(RoomService, ForgetsWhoLeft)
{
    auto world = World{};
    world.open_room("lab");
    auto const member = *world.join("lab");
    ASSERT_TRUE(run_blocking(world.rooms->leave(*world.admit("lab", member))));
    EXPECT_EQ(code_of(world.admit("lab", member)), Errc::no_session);
}

TEST(RoomService, CountsWrongGuessesByRoomAndByNetwork)
{
    auto settings = World::cheap();
    settings.rates.join_room = {3, Milliseconds{60'000}};
    auto world = World{settings};
    world.open_room("lab");
    for (auto i = 0; i < 3; ++i)
        EXPECT_EQ(code_of(world.join("lab", "wrong guess", "10.0.0." + std::to_string(i))), Errc::not_admitted);
    EXPECT_EQ(code_of(world.join("lab", "wrong guess", "10.9.9.9")), Errc::rate_limited);
    world.clock.advance(Milliseconds{60'000});
    EXPECT_EQ(code_of(world.join("lab", "wrong guess", "10.9.9.9")), Errc::not_admitted);
}

TEST(RoomService, LetsADeviceThatWasInBeforeGoOnWhenStrangersHaveUsedTheTriesUp)
{
    auto settings = World::cheap();
    settings.rates.join_room = {3, Milliseconds{60'000}};
    settings.rates.join_known = {2, Milliseconds{60'000}};
    auto world = World{settings};
    world.open_room("lab", Seconds{600});
    world.open_room("other");
    auto const mark = world.join("lab")->mark;
    auto const elsewhere = world.join("other")->mark;
    for (auto i = 0; i < 3; ++i)
        EXPECT_EQ(code_of(world.join("lab", "wrong guess")), Errc::not_admitted);
    EXPECT_EQ(code_of(world.join("lab")), Errc::rate_limited);
    EXPECT_EQ(code_of(world.join("lab", "four plain words", "10.0.0.9", {elsewhere, KnownMark{}})), Errc::rate_limited);
    EXPECT_TRUE(world.join("lab", "four plain words", "10.0.0.9", {elsewhere, mark}));
    EXPECT_EQ(code_of(world.join("absent", "four plain words", "10.0.0.9", {mark})), Errc::not_admitted);

    EXPECT_EQ(world.join("lab", "wrong guess", "10.0.0.9", {mark}).error().tries_left, 1U);
    EXPECT_EQ(code_of(world.join("lab", "wrong guess", "10.0.0.9", {mark})), Errc::not_admitted);
    EXPECT_EQ(code_of(world.join("lab", "four plain words", "10.0.0.9", {mark})), Errc::rate_limited)
        << "its tries are used up, too";
    world.clock.advance(Milliseconds{60'000});
    EXPECT_EQ(code_of(world.join("lab", "wrong guess")), Errc::not_admitted);
    EXPECT_TRUE(world.join("lab", "four plain words", "10.0.0.9", {mark}));
}

TEST(RoomService, HoldsAKnownDeviceToItsNetworksTriesAsEver)
{
    auto settings = World::cheap();
    settings.rates.join_network = {2, Milliseconds{60'000}};
    auto world = World{settings};
    world.open_room("lab");
    auto const mark = world.join("lab")->mark;
    for (auto i = 0; i < 2; ++i)
        EXPECT_EQ(code_of(world.join("lab", "wrong guess", "10.0.0.9", {mark})), Errc::not_admitted);
    EXPECT_EQ(code_of(world.join("lab", "four plain words", "10.0.0.9", {mark})), Errc::rate_limited);
}

TEST(RoomService, TellsTheLastTriesThatAreLeft)
{
    auto settings = World::cheap();
    settings.rates.join_room = {5, Milliseconds{60'000}};
    auto world = World{settings};
    world.open_room("lab");
    for (auto const& name : {"lab", "no-such-room"}) {
        EXPECT_EQ(world.join(name, "wrong guess").error().tries_left, std::nullopt);
        EXPECT_EQ(world.join(name, "wrong guess").error().tries_left, 3U);
        EXPECT_EQ(world.join(name, "wrong guess").error().tries_left, 2U);
        EXPECT_EQ(world.join(name, "wrong guess").error().tries_left, 1U);
        EXPECT_EQ(world.join(name, "wrong guess").error().tries_left, 0U);
        EXPECT_EQ(code_of(world.join(name, "wrong guess")), Errc::rate_limited);
    }
}

TEST(RoomService, DoesntChargeTheRightPassword)
{
    auto settings = World::cheap();
    settings.rates.join_room = {3, Milliseconds{60'000}};
    auto world = World{settings};
    world.open_room("lab");
    for (auto i = 0; i < 30; ++i)
        ASSERT_TRUE(world.join("lab"));
}

TEST(RoomService, LetsOneNetworkHaveSoManyRoomsOpenAtOnce)
{
    auto settings = World::cheap();
    settings.rates.alive = 2;
    auto world = World{settings};
    auto const open = [&](std::string network, Seconds ttl) {
        return run_blocking(world.rooms->create({{}, "four plain words", ttl, {}, std::move(network)}));
    };
    auto const first = open("2001:db8::1", Seconds{60});
    ASSERT_TRUE(first && open("2001:db8::2", Seconds{90}));
    auto const refused = open("2001:db8::3", Seconds{60});
    EXPECT_EQ(code_of(refused), Errc::rate_limited);
    EXPECT_EQ(refused.error().retry_after_seconds, 60) << "when the first of them ends";
    EXPECT_TRUE(open("2001:db8:0:1::1", Seconds{60})) << "another network isn't held back";
    ASSERT_TRUE(run_blocking(world.rooms->close(*world.admit(first->room.display_name, *first))));
    EXPECT_TRUE(open("2001:db8::3", Seconds{60}));
    world.clock.advance(Milliseconds{90'000});
    EXPECT_TRUE(open("2001:db8::4", Seconds{60})) << "a room past its deadline doesn't count, swept or not";
}

TEST(RoomService, MakesUpAPasswordOfFourWords)
{
    auto world = World{};
    auto const made = run_blocking(world.rooms->create({{}, {}, {}, {}, "10.0.0.1"}));
    ASSERT_TRUE(made);
    EXPECT_EQ(std::ranges::count(made->generated_password, '-'), 3);
    EXPECT_FALSE(made->session.nickname.empty());
    EXPECT_TRUE(world.join(made->room.display_name, made->generated_password));
}

}  // namespace
}  // namespace fleeting
