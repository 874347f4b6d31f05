#include "service/room_watch.hpp"

#include "base/log.hpp"
#include "service/room_ending.hpp"

#include <algorithm>
#include <unordered_set>

namespace fleeting {
namespace {

constexpr auto kTick = Milliseconds{250};
constexpr auto kUntoldEvery = Milliseconds{1'000};
constexpr auto kToldEvery = Milliseconds{3'000};
constexpr auto kAllEvery = Milliseconds{60'000};
// An event is told right behind its commit, so the row may be read before it has come.
constexpr auto kOnItsWay = Milliseconds{200};
constexpr auto kMostAtOnce = std::size_t{1'000};

}  // namespace

net::awaitable<void> RoomWatch::run()
{
    auto last = Instant{};
    auto last_of_all = parts_.clock.now();
    auto was_told = true;
    while (!stopping_) {
        auto const is_told = parts_.is_told();
        auto const now = parts_.clock.now();
        auto const is_all = now - last_of_all >= kAllEvery;
        // Who is told again has missed what happened meanwhile.
        if (is_asked_.exchange(false) || is_told != was_told || is_all || now - last >= (is_told ? kToldEvery : kUntoldEvery)) {
            if (auto const looked = co_await look(is_all); !looked)
                log::debug("room_watch_failed", looked.error().detail);
            last = now;
            last_of_all = is_all ? now : last_of_all;
            was_told = is_told;
        }
        co_await woken_.wait(woken_.count(), kTick);
    }
}

void RoomWatch::stop()
{
    stopping_ = true;
    woken_.give();
}

void RoomWatch::look_soon()
{
    is_asked_ = true;
    woken_.give();
}

Task<> RoomWatch::look(bool all)
{
    ++looks_;
    auto const rooms = all ? parts_.cutoffs.rooms() : parts_.cutoffs.rooms_in_use();
    forget_unseen(rooms);
    for (auto at = rooms.begin(); at != rooms.end();) {
        auto const end = at + std::min<std::ptrdiff_t>(kMostAtOnce, rooms.end() - at);
        auto const some = std::vector(at, end);
        CO_TRY(auto const marks, co_await read_marks(some));
        end_missing(some, marks);
        for (auto const& mark : marks) {
            CO_TRY(co_await follow(mark));
        }
        at = end;
    }
    co_return Result<>{};
}

Task<std::vector<RoomMark>> RoomWatch::read_marks(std::vector<RoomId> const& rooms)
{
    auto marks = co_await parts_.store.room_marks(rooms);
    if (parts_.is_told())
        co_await woken_.wait(woken_.count(), kOnItsWay);
    co_return marks;
}

void RoomWatch::end_missing(std::vector<RoomId> const& rooms, std::vector<RoomMark> const& marks)
{
    auto alive = std::unordered_set<RoomId>{};
    for (auto const& mark : marks)
        alive.insert(mark.id);
    auto const now = parts_.clock.now();
    for (auto const& room : rooms) {
        if (alive.contains(room))
            continue;
        auto const deadline = parts_.cutoffs.deadline_of(room);
        if (!deadline)
            continue;  // its end was told meanwhile
        auto const reason = *deadline <= now ? EndReason::expired : EndReason::closed;
        announce_end(parts_, room, {reason, std::min(*deadline, now)});
    }
}

Task<> RoomWatch::follow(RoomMark const& mark)
{
    auto const known = seen_.find(mark.id);
    auto const is_new = known == seen_.end();
    auto const has_changed = is_new || known->second.version != mark.version;
    auto const members_changed =
        is_new || known->second.sessions != mark.sessions || known->second.newest_session != mark.newest_session;
    auto room = Room{};
    room.id = mark.id;
    room.version = mark.version;
    room.expires_at = mark.expires_at;
    parts_.cutoffs.move(room);
    if (has_changed)
        parts_.linked_files.forget_room(mark.id);
    parts_.bus.catch_up(mark.id, mark.version);
    if (members_changed) {
        CO_TRY(co_await follow_members(mark.id));
        if (!is_new)
            parts_.bus.publish(mark.id, Event{0, MembersChanged{}});
    }
    seen_.insert_or_assign(mark.id, mark);
    co_return Result<>{};
}

Task<> RoomWatch::follow_members(RoomId room)
{
    // Those here are listed first: whoever comes meanwhile has a row before a cutoff.
    auto const here = parts_.cutoffs.members_of(room);
    CO_TRY(auto const sessions, co_await parts_.store.list_sessions(room));
    for (auto const& member : here) {
        if (std::ranges::find(sessions, member, &Session::id) != sessions.end())
            continue;
        parts_.bus.publish(room, Event{0, MemberRemoved{member, {}}});
        parts_.cutoffs.end_member(room, member);
    }
    co_return Result<>{};
}

void RoomWatch::forget_unseen(std::vector<RoomId> const& rooms)
{
    auto const in_use = std::unordered_set<RoomId>(rooms.begin(), rooms.end());
    std::erase_if(seen_, [&](auto const& seen) { return !in_use.contains(seen.first); });
}

}  // namespace fleeting
