#include "api/member_lists.hpp"

#include "api/json.hpp"
#include "http/sse.hpp"

#include <boost/json/serialize.hpp>

namespace fleeting::api {
namespace {

using Steady = std::chrono::steady_clock;

// As long as a call of the database may take.
constexpr auto kPatience = Milliseconds{10'000};

}  // namespace

Task<std::shared_ptr<MemberList const>> MemberLists::read_since(RoomId room, Steady::time_point since)
{
    if (auto known = find(room, since))
        co_return known;
    CO_TRY(auto const guard, co_await reading_.acquire(room.hex(), [] {}, kPatience));
    // Whoever was before us may have read what we need.
    if (auto known = find(room, since))
        co_return known;
    co_return co_await read(room);
}

std::shared_ptr<MemberList const> MemberLists::find(RoomId room, Steady::time_point since)
{
    auto known = known_.find(room).value_or(std::weak_ptr<MemberList const>{}).lock();
    return known && known->read_at >= since ? known : nullptr;
}

Task<std::shared_ptr<MemberList const>> MemberLists::read(RoomId room)
{
    auto list = std::make_shared<MemberList>();
    list->read_at = Steady::now();
    CO_TRY(auto const members, co_await rooms_.members(room));
    list->size = members.size();
    list->event = http::to_sse("members", json::serialize(json::object{{"members", to_json(members)}}), {});
    known_.keep(room, room, list);
    co_return list;
}

}  // namespace fleeting::api
