#include "redis/presence.hpp"

#include <algorithm>

namespace fleeting::redis {

bool Presence::hear(NodeId from, RoomPresence told, Instant now)
{
    std::ranges::sort(told.sessions);
    auto const lock = std::scoped_lock{mutex_};
    auto& nodes = rooms_[told.room];
    auto const found = nodes.find(from);
    auto const is_new = found == nodes.end() ? !told.sessions.empty() : found->second.sessions != told.sessions;
    if (told.sessions.empty())
        nodes.erase(from);
    else
        nodes.insert_or_assign(from, Told{std::move(told.sessions), now});
    if (nodes.empty())
        rooms_.erase(told.room);
    return is_new;
}

std::vector<RoomId> Presence::forget_silent(Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    auto left = std::vector<RoomId>{};
    for (auto& [room, nodes] : rooms_)
        if (std::erase_if(nodes, [&](auto const& node) { return node.second.at + kPatience <= now; }) > 0)
            left.push_back(room);
    std::erase_if(rooms_, [](auto const& room) { return room.second.empty(); });
    return left;
}

std::vector<TokenHash> Presence::of(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto sessions = std::vector<TokenHash>{};
    if (auto const found = rooms_.find(room); found != rooms_.end())
        for (auto const& [node, told] : found->second)
            sessions.insert(sessions.end(), told.sessions.begin(), told.sessions.end());
    return sessions;
}

}  // namespace fleeting::redis
