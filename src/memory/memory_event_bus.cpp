#include "memory/memory_event_bus.hpp"

#include "memory/memory_subscription.hpp"

#include <algorithm>
#include <ranges>

namespace fleeting::memory {
namespace {

constexpr auto kMostKept = std::size_t{256};
// Of files that somebody has taken, in all events together: an archive has a thousand.
constexpr auto kMostNamed = std::size_t{4'096};

std::size_t named_in(std::deque<std::shared_ptr<SharedEvent const>> const& kept)
{
    auto count = std::size_t{0};
    for (auto const& event : kept)
        if (auto const* const taken = std::get_if<FilesTaken>(&event->what()))
            count += taken->files.size();
    return count;
}

}  // namespace

void MemoryEventBus::publish(RoomId room, Event event)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = rooms_.find(room);
    // Nothing is kept for a room nobody has looked at: the first to come gets a snapshot.
    if (found == rooms_.end())
        return;
    auto const shared = std::make_shared<SharedEvent const>(std::move(event));
    if (shared->version() != 0)
        keep(found->second, shared);
    for (auto* const subscription : found->second.subscriptions)
        subscription->push(shared);
}

void MemoryEventBus::keep(RoomEvents& events, std::shared_ptr<SharedEvent const> event)
{
    // Threads may publish in another order than they committed.
    auto const at = std::ranges::upper_bound(events.kept, event->version(), {}, [](auto const& kept) { return kept->version(); });
    events.kept.insert(at, std::move(event));
    while (events.kept.size() > kMostKept || named_in(events.kept) > kMostNamed)
        events.kept.pop_front();
}

bool MemoryEventBus::replay(RoomEvents const& events, MemorySubscription& subscription, std::uint64_t after)
{
    auto next = after + 1;
    for (auto const& event : events.kept) {
        if (event->version() <= after)
            continue;
        if (event->version() != next++)
            return false;
    }
    // Nothing kept, or only older: nothing tells whether something was missed.
    if (events.kept.empty() || events.kept.back()->version() < after)
        return false;
    for (auto const& event : events.kept)
        if (event->version() > after)
            subscription.push(event);
    return true;
}

Task<std::unique_ptr<Subscription>> MemoryEventBus::subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after)
{
    auto subscription = std::make_unique<MemorySubscription>(*this, room, session);
    auto is_first = false;
    {
        auto const lock = std::scoped_lock{mutex_};
        auto& events = rooms_[room];
        auto& streams = events.streams[session];
        if (streams >= streams_per_session_)
            co_return fail(Error{Errc::rate_limited, "too many event streams", {}, 5});
        is_first = streams++ == 0;
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
        auto const streams = found->second.streams.find(subscription.session());
        was_last = --streams->second == 0;
        if (was_last)
            found->second.streams.erase(streams);
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
    auto const sessions = std::views::keys(found->second.streams);
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
