#include "service/room_service.hpp"

#include "crypto/random.hpp"
#include "crypto/sha256.hpp"
#include "domain/generated.hpp"
#include "domain/names.hpp"
#include "service/room_ending.hpp"
#include "service/room_limits.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// A generated name that is taken is drawn again; with a few thousand rooms alive one draw is nearly always enough.
constexpr auto kNameDraws = 8;
constexpr auto kFewTries = 3U;

NewSession new_session(Room room, Role role, std::string nickname, Instant now)
{
    auto made = NewSession{std::move(room), {}, crypto::random_id<SessionToken>(), {}};
    made.session = Session{crypto::hash_token(made.token), made.room.id, role, std::move(nickname), now};
    return made;
}

Result<std::string> nickname_of(std::optional<std::string> const& wish)
{
    if (wish)
        return parse_nickname(*wish);
    return generate_nickname(crypto::random_below);
}

/// The last tries are told, so that whoever mistypes takes care; more would tell how often others try.
Error not_admitted(unsigned tries_left)
{
    auto error = Error{Errc::not_admitted, {}, {}, 0};
    if (tries_left <= kFewTries)
        error.tries_left = tries_left;
    return error;
}

}  // namespace

TokenHash session_id_of(SessionToken const& token)
{
    return crypto::hash_token(token);
}

TokenHash basic_session_id(RoomId room, std::string const& user)
{
    auto const text = "basic:" + room.hex() + ":" + user;
    return TokenHash{crypto::sha256(std::as_bytes(std::span{text})).raw};
}

std::string member_id(TokenHash const& session)
{
    return crypto::sha256(session.bytes()).hex().substr(0, 16);
}

RoomService::RoomService(RoomServiceParts parts, RoomServiceSettings const& settings, crypto::HmacKey const& master)
    : parts_(std::move(parts)), settings_(settings), opener_key_(crypto::derive_key(master, "room-opener")),
      known_key_(crypto::derive_key(master, "room-known"))
{
}

Result<Instant> RoomService::deadline_of(Seconds ttl, Instant created_at) const
{
    auto const& limits = settings_.limits;
    auto const deadline = parts_.clock.now() + ttl;
    if (ttl < limits.ttl_min || deadline > created_at + limits.ttl_max)
        return fail_field(Errc::invalid_request, "ttl_seconds", "outside the limits");
    return deadline;
}

Task<std::string> RoomService::hash_of(std::string password) const
{
    auto const make = [&] { return crypto::hash_password_blocking(password, settings_.password_cost, settings_.pepper); };
    co_return co_await parts_.hash_pool.run(make);
}

Task<Room> RoomService::new_room(CreateRoom const& wish, std::string const& password)
{
    auto const& limits = settings_.limits;
    auto room = Room{};
    room.id = crypto::random_id<RoomId>();
    room.created_at = parts_.clock.now();
    CO_TRY(room.expires_at, deadline_of(wish.ttl.value_or(limits.ttl_default), room.created_at));
    room.size_limit = limits.room_size;
    room.file_size_limit = limits.file_size;
    room.file_count_limit = limits.file_count;
    room.opener = opener_of(opener_key_, wish.network);
    CO_TRY(room.password_hash, co_await hash_of(password));
    co_return room;
}

Task<NewSession> RoomService::insert_room(CreateRoom const& wish, Room room, std::string nickname)
{
    for (auto draw = 1;; ++draw) {
        CO_TRY(auto const name, parse_room_name(wish.name ? *wish.name : generate_room_name(crypto::random_below)));
        room.name_key = name.key;
        room.display_name = name.display;
        auto made = new_session(room, Role::owner, nickname, room.created_at);
        auto const created = co_await parts_.store.create_room(made.room, made.session, settings_.rates.alive);
        if (created && *created) {
            co_await erase_keys_of(parts_.blobs, {(*created)->id});
            announce_erased(parts_, **created, EndReason::expired, room.created_at);
            co_await parts_.tombstones.keep({**created}, room.created_at);
        }
        if (created)
            co_return made;
        if (created.error().code != Errc::name_taken || wish.name || draw == kNameDraws)
            co_return fail(created.error());
    }
}

Task<NewSession> RoomService::create(CreateRoom wish)
{
    if (refuses_new_)
        co_return fail(Errc::draining);
    // Everything that costs nothing is judged first; the name again when it is drawn or inserted.
    auto key = std::string{};
    if (wish.name) {
        CO_TRY(auto const name, parse_room_name(*wish.name));
        key = name.key;
    }
    CO_TRY(auto nickname, nickname_of(wish.nickname));
    auto const generated = wish.password ? std::string{} : generate_password(crypto::random_below);
    CO_TRY(auto const password, parse_password(wish.password.value_or(generated)));
    CO_TRY(deadline_of(wish.ttl.value_or(settings_.limits.ttl_default), parts_.clock.now()));

    // "The name is taken" tells that a room exists, so asking for one that is costs what a guess costs.
    auto const guess = guess_charges(settings_.rates, key, wish.network);
    auto const charges = create_charges(settings_.rates, wish.network);
    if (wish.name) {
        CO_TRY(co_await parts_.limiter.check(guess, parts_.clock.now()));
    }
    CO_TRY(co_await parts_.limiter.take(charges, parts_.clock.now()));
    auto room = co_await new_room(wish, password);
    auto made = room ? co_await insert_room(wish, *std::move(room), std::move(nickname)) : fail(room.error());
    if (!made) {
        if (made.error().code == Errc::name_taken) {
            CO_TRY(co_await parts_.limiter.charge(guess, parts_.clock.now()));
        }
        CO_TRY(co_await parts_.limiter.give_back(charges, parts_.clock.now()));
        co_return fail(made.error());
    }
    made->generated_password = generated;
    made->mark = mark_of(made->room.id);
    parts_.wake_reaper();
    co_return made;
}

KnownMark RoomService::mark_of(RoomId room) const
{
    return KnownMark{crypto::hmac_sha256(known_key_, room.bytes())};
}

Task<std::vector<RateCharge>> RoomService::guess_lane(std::string name_key, std::string network, std::vector<KnownMark> marks)
{
    auto const now = parts_.clock.now();
    auto usual = guess_charges(settings_.rates, name_key, network);
    auto const has_tries = co_await parts_.limiter.check(usual, now);
    if (has_tries)
        co_return usual;
    // Strangers may use up the room's tries, so who was in before has others; all of them the same, so that those who were put
    // out guess at a new password no faster together than one of them.
    auto const room = marks.empty() ? fail(has_tries.error()) : co_await parts_.store.find_room(name_key, now);
    auto const is_own = [&](KnownMark const& mark) {
        return crypto::equal_in_constant_time(mark.bytes(), mark_of(room->id).bytes());
    };
    if (has_tries.error().code != Errc::rate_limited || !room || std::ranges::none_of(marks, is_own))
        co_return fail(has_tries.error());
    auto lane = known_charges(settings_.rates, name_key, network);
    CO_TRY(co_await parts_.limiter.check(lane, now));
    co_return lane;
}

Task<Room> RoomService::check_password(std::string name, std::string password, std::string network, std::vector<KnownMark> marks)
{
    // A name or password that breaks the rules opens no room, and is told so no sooner than any other wrong one.
    auto const parsed = parse_room_name(name);
    auto const key = parsed ? parsed->key : std::string{};
    auto const normal = parse_password(password);
    CO_TRY(auto const guess, co_await guess_lane(key, std::move(network), std::move(marks)));

    auto room = co_await parts_.store.find_room(key, parts_.clock.now());
    if (!room && room.error().code != Errc::not_found)
        co_return room;
    auto const& candidate = normal ? *normal : password;
    auto const verify = [&]() -> Result<bool> {
        auto const& hash = room ? room->password_hash : crypto::dummy_hash(settings_.password_cost, settings_.pepper);
        return crypto::verify_password_blocking(hash, candidate, settings_.pepper);
    };
    CO_TRY(auto const is_right, co_await parts_.hash_pool.run(verify));
    if (room && is_right && !room->has_ended(parts_.clock.now()))
        co_return room;
    CO_TRY(auto const left, co_await parts_.limiter.charge(guess, parts_.clock.now()));
    co_return fail(not_admitted(left));
}

Task<NewSession> RoomService::join(JoinRoom wish)
{
    CO_TRY(auto nickname, nickname_of(wish.nickname));
    auto checked =
        co_await check_password(std::move(wish.name), std::move(wish.password), std::move(wish.network), std::move(wish.marks));
    CO_TRY(auto room, std::move(checked));
    auto made = new_session(std::move(room), Role::member, std::move(nickname), parts_.clock.now());
    made.mark = mark_of(made.room.id);
    auto added = co_await parts_.store.add_session(made.session, settings_.limits.member_count, parts_.clock.now());
    if (!added)
        co_return fail(added.error().code == Errc::not_found ? Error{Errc::not_admitted, "ended meanwhile", {}, 0}
                                                             : added.error());
    parts_.bus.publish(made.room.id, Event{0, MembersChanged{}});
    co_return made;
}

Task<Admission> RoomService::admit(std::string name, Credential credential)
{
    if (!credential.tokens.empty()) {
        auto admission = co_await admit_by_token(name, std::move(credential.tokens));
        if (admission || admission.error().code != Errc::no_session || !credential.basic)
            co_return admission;
    }
    if (!credential.basic)
        co_return fail(Errc::no_session);
    co_return co_await admit_by_password(std::move(name), *std::move(credential.basic), std::move(credential.network));
}

Task<Admission> RoomService::admit_by_token(std::string name, std::vector<SessionToken> tokens)
{
    auto const parsed = parse_room_name(name);
    auto const key = parsed ? parsed->key : std::string{};
    auto ids = std::vector<TokenHash>(tokens.size());
    std::ranges::transform(tokens, ids.begin(), crypto::hash_token);
    // Rooms at their end too: whoever is in one is told so, sweep or no sweep.
    auto found = co_await parts_.store.find_membership(key, ids, Instant{});
    if (!found)
        co_return fail(found.error().code == Errc::no_session ? co_await absence_of(key, ids) : found.error());
    if (found->room.has_ended(parts_.clock.now()))
        co_return fail(Error{Errc::room_ended, {}, {}, 0, found->room.expires_at});
    found->room.file_size_limit = std::min(found->room.file_size_limit, settings_.largest_file);
    auto cutoff = parts_.cutoffs.of_member(found->room.id, found->session.id, parts_.cutoffs.of(found->room));
    co_return Admission{std::move(found->room), std::move(found->session), std::move(cutoff)};
}

net::awaitable<Error> RoomService::absence_of(std::string const& name_key, std::vector<TokenHash> const& sessions) const
{
    auto const absent = Error{Errc::no_session, {}, {}, 0};
    auto const tombstone = co_await parts_.tombstones.find(name_key, sessions);
    if (!tombstone)
        co_return tombstone.error().code == Errc::not_found ? absent : tombstone.error();
    // Nobody else makes this look for the room: what it costs would tell whether there is one.
    auto const successor = co_await parts_.store.find_room(name_key, parts_.clock.now());
    // A name taken again is another room's: what ended under it before is nobody's business now.
    if (successor)
        co_return absent;
    if (successor.error().code != Errc::not_found)
        co_return successor.error();
    co_return Error{Errc::room_ended, {}, {}, 0, tombstone->ended_at};
}

Task<Admission> RoomService::admit_by_password(std::string name, BasicCredential basic, std::string network)
{
    CO_TRY(auto room, co_await check_password(std::move(name), std::move(basic.password), std::move(network), {}));
    auto const nickname = parse_nickname(basic.user);
    auto const id = basic_session_id(room.id, basic.user);
    auto session = Session{id, room.id, Role::member, nickname ? *nickname : "curl", parts_.clock.now()};
    // Before there is a row: who is sent out right behind that stays out.
    parts_.cutoffs.let_in(room.id, id);
    CO_TRY(co_await parts_.store.add_session(session, settings_.limits.member_count, parts_.clock.now()));
    auto cutoff = parts_.cutoffs.of_member(room.id, id, parts_.cutoffs.of(room));
    room.file_size_limit = std::min(room.file_size_limit, settings_.largest_file);
    co_return Admission{std::move(room), std::move(session), std::move(cutoff)};
}

Task<Room> RoomService::change(Admission admission, ChangeRoom wish)
{
    if (!admission.is_owner())
        co_return fail(Errc::forbidden, "only the owner changes a room");
    auto change = RoomChange{};
    change.uploads_locked = wish.uploads_locked;
    change.door_locked = wish.door_locked;
    if (wish.ttl) {
        CO_TRY(change.expires_at, deadline_of(*wish.ttl, admission.room.created_at));
    }
    if (wish.password) {
        CO_TRY(auto const password, parse_password(*wish.password));
        CO_TRY(change.password_hash, co_await hash_of(password));
    }
    CO_TRY(auto room, co_await parts_.store.change_room(admission.room.id, std::move(change), parts_.clock));
    parts_.cutoffs.move(room);
    parts_.bus.publish(room.id, Event{room.version, RoomChanged{room, password_mark_of(room)}});
    parts_.wake_reaper();
    co_return room;
}

Task<> RoomService::close(Admission admission)
{
    if (!admission.is_owner())
        co_return fail(Errc::forbidden, "only the owner closes a room");
    co_return co_await end(admission.room.id);
}

Task<> RoomService::end(RoomId room)
{
    auto const now = parts_.clock.now();
    co_await erase_keys_of(parts_.blobs, {room});
    CO_TRY(auto ended, co_await parts_.store.end_room(room, now));
    announce_erased(parts_, ended, EndReason::closed, now);
    co_await parts_.tombstones.keep(std::vector{std::move(ended)}, now);
    parts_.wake_reaper();
    co_return Result<>{};
}

}  // namespace fleeting
