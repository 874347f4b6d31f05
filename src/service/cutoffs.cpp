#include "service/cutoffs.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace fleeting {
namespace {

// Whoever read a room's row before it ended asks for its cutoff within seconds, so this memory of the past may be bounded.
constexpr auto kMostRemembered = std::size_t{100'000};

}  // namespace

std::shared_ptr<Cutoff const> Cutoffs::of(Room const& room)
{
    auto const lock = std::scoped_lock{mutex_};
    // A room that has ended stays cut, even for a caller who read its row just before.
    if (ended_.contains(room.id)) {
        auto passed = std::make_shared<Cutoff>(room.expires_at);
        passed->pass_now();
        return passed;
    }
    auto& live = live_[room.id];
    if (!live.cutoff)
        live.cutoff = std::make_shared<Cutoff>(room.expires_at);
    live.take(room);
    return live.cutoff;
}

std::shared_ptr<Cutoff const> Cutoffs::of_member(RoomId room, TokenHash session, std::shared_ptr<Cutoff const> within)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = live_.find(room);
    if (found == live_.end())
        return within;  // it has ended, and so has `within`
    auto& cutoff = found->second.members[session];
    if (!cutoff)
        cutoff = std::make_shared<Cutoff>(std::move(within));
    return cutoff;
}

void Cutoffs::end_member(RoomId room, TokenHash session)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = live_.find(room);
    if (found == live_.end())
        return;
    auto& cutoff = found->second.members[session];
    if (!cutoff)
        cutoff = std::make_shared<Cutoff>(found->second.cutoff);
    cutoff->pass_now();
}

void Cutoffs::let_in(RoomId room, TokenHash session)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = live_.find(room); found != live_.end())
        std::erase_if(found->second.members,
                      [&](auto const& member) { return member.first == session && member.second->has_passed(Instant{}); });
}

void Cutoffs::move(Room const& room)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = live_.find(room.id); found != live_.end())
        found->second.take(room);
}

void Cutoffs::Live::take(Room const& room)
{
    // Who read the row before the owner changed it may come here later.
    if (room.version < version)
        return;
    version = room.version;
    cutoff->move_to(room.expires_at);
}

bool Cutoffs::Live::is_in_use() const
{
    // Each member's holds the room's, which says nothing.
    return std::cmp_greater(cutoff.use_count(), 1 + members.size()) ||
           std::ranges::any_of(members, [](auto const& member) { return member.second.use_count() > 1; });
}

std::vector<RoomId> Cutoffs::rooms_in_use() const
{
    auto const lock = std::scoped_lock{mutex_};
    auto rooms = std::vector<RoomId>{};
    for (auto const& [id, live] : live_)
        if (live.is_in_use())
            rooms.push_back(id);
    return rooms;
}

std::vector<RoomId> Cutoffs::rooms() const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const ids = std::views::keys(live_);
    return {ids.begin(), ids.end()};
}

bool Cutoffs::has_member(RoomId room, TokenHash session) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = live_.find(room);
    return found != live_.end() && found->second.members.contains(session);
}

std::optional<Instant> Cutoffs::deadline_of(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = live_.find(room);
    return found == live_.end() ? std::nullopt : std::optional{found->second.cutoff->at()};
}

std::vector<TokenHash> Cutoffs::members_of(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto members = std::vector<TokenHash>{};
    if (auto const found = live_.find(room); found != live_.end())
        for (auto const& [id, cutoff] : found->second.members)
            if (!cutoff->has_passed(Instant{}))
                members.push_back(id);
    return members;
}

void Cutoffs::end(RoomId room)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = live_.find(room); found != live_.end()) {
        found->second.cutoff->pass_now();
        live_.erase(found);
    }
    if (!ended_.insert(room).second)
        return;
    ended_order_.push_back(room);
    if (ended_order_.size() > kMostRemembered) {
        ended_.erase(ended_order_.front());
        ended_order_.pop_front();
    }
}

}  // namespace fleeting
