#include "memory/memory_event_bus.hpp"

#include "memory/memory_subscription.hpp"

#include <algorithm>
#include <unordered_set>

namespace fleeting::memory {
namespace {

constexpr auto kMostKept = std::size_t{256};

}  // namespace

void MemoryEventBus::publish(RoomId room, Event event)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = rooms_.find(room);
    // Nothing is kept for a room nobody has looked at: the first to come gets a snapshot.
    if (found == rooms_.end())
        return;
    if (event.version != 0)
        keep(found->second, event);
    for (auto* const subscription : found->second.subscriptions)
        subscription->push(event);
}

void MemoryEventBus::keep(RoomEvents& events, Event const& event)
{
    // Threads may publish in another order than they committed.
    auto const at = std::ranges::upper_bound(events.kept, event.version, {}, &Event::version);
    events.kept.insert(at, event);
    if (events.kept.size() > kMostKept)
        events.kept.pop_front();
}

bool MemoryEventBus::replay(RoomEvents const& events, MemorySubscription& subscription, std::uint64_t after)
{
    auto next = after + 1;
    for (auto const& event : events.kept) {
        if (event.version <= after)
            continue;
        if (event.version != next++)
            return false;
    }
    // Nothing kept, or only older: nothing tells whether something was missed.
    if (events.kept.empty() || events.kept.back().version < after)
        return false;
    for (auto const& event : events.kept)
        if (event.version > after)
            subscription.push(event);
    return true;
}

std::size_t MemoryEventBus::streams_of(RoomEvents const& events, TokenHash const& session)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(events.subscriptions, [&](auto const* s) { return s->session() == session; }));
}

Task<std::unique_ptr<Subscription>> MemoryEventBus::subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after)
{
    auto const home = co_await net::this_coro::executor;
    auto subscription = std::make_unique<MemorySubscription>(*this, room, session, home);
    auto is_first = false;
    {
        auto const lock = std::scoped_lock{mutex_};
        auto& events = rooms_[room];
        auto const streams = streams_of(events, session);
        if (streams >= streams_per_session_)
            co_return fail(Error{Errc::rate_limited, "too many event streams", {}, 5});
        is_first = streams == 0;
        if (after && replay(events, *subscription, *after))
            subscription->continue_after(*after);
        events.subscriptions.push_back(subscription.get());
    }
    if (is_first)
        publish(room, Event{0, MembersChanged{}});
    co_return subscription;
}

void MemoryEventBus::unsubscribe(RoomId room, MemorySubscription& subscription)
{
    auto was_last = false;
    {
        auto const lock = std::scoped_lock{mutex_};
        auto const found = rooms_.find(room);
        if (found == rooms_.end() || std::erase(found->second.subscriptions, &subscription) == 0)
            return;
        was_last = streams_of(found->second, subscription.session()) == 0;
        if (found->second.subscriptions.empty() && found->second.kept.empty())
            rooms_.erase(found);
    }
    if (was_last)
        publish(room, Event{0, MembersChanged{}});
}

std::vector<TokenHash> MemoryEventBus::present(RoomId room) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = rooms_.find(room);
    if (found == rooms_.end())
        return {};
    auto sessions = std::unordered_set<TokenHash>{};
    for (auto const* subscription : found->second.subscriptions)
        sessions.insert(subscription->session());
    return {sessions.begin(), sessions.end()};
}

void MemoryEventBus::catch_up(RoomId room, std::uint64_t version)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = rooms_.find(room);
    if (found == rooms_.end())
        return;
    for (auto* const subscription : found->second.subscriptions)
        subscription->catch_up(version);
}

void MemoryEventBus::forget(RoomId room)
{
    auto const lock = std::scoped_lock{mutex_};
    rooms_.erase(room);
}

}  // namespace fleeting::memory
