// Those who are in a room: who they are, and how they go.

#include "service/room_service.hpp"

#include <algorithm>
#include <unordered_set>

namespace fleeting {

Task<std::vector<RoomService::Member>> RoomService::members(RoomId room)
{
    CO_TRY(auto const sessions, co_await parts_.store.list_sessions(room));
    auto const present = parts_.bus.present(room);
    auto const here = std::unordered_set<TokenHash>(present.begin(), present.end());
    auto members = std::vector<Member>{};
    members.reserve(sessions.size());
    for (auto const& session : sessions)
        members.push_back({member_id(session.id), session.nickname, session.role, here.contains(session.id)});
    co_return members;
}

Task<> RoomService::leave(Admission admission)
{
    co_return co_await put_out(admission.room.id, admission.session.id, {});
}

Task<> RoomService::remove_member(Admission admission, std::string member)
{
    if (!admission.is_owner())
        co_return fail(Errc::forbidden, "only the owner removes a member");
    CO_TRY(auto const sessions, co_await parts_.store.list_sessions(admission.room.id));
    auto const found = std::ranges::find(sessions, member, [](Session const& session) { return member_id(session.id); });
    if (found == sessions.end())
        co_return fail(Errc::not_found, "no such member");
    if (found->id == admission.session.id)
        co_return fail(Errc::forbidden, "who owns the room ends it instead");
    co_return co_await put_out(admission.room.id, found->id, admission.session.nickname);
}

Task<> RoomService::put_out(RoomId room, TokenHash session, std::string by)
{
    CO_TRY(co_await parts_.store.remove_session(room, session));
    // Told first: their own streams say so before they are cut.
    parts_.bus.publish(room, Event{0, MemberRemoved{session, std::move(by)}});
    parts_.cutoffs.end_member(room, session);
    co_return Result<>{};
}

}  // namespace fleeting
