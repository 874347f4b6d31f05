#include "memory/memory_subscription.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting::memory {
namespace {

// A page that reads slower than this many events behind comes back with Last-Event-ID instead.
constexpr auto kMostQueued = std::size_t{256};

FileId const* progressed_file(Event const& event)
{
    auto const* progress = std::get_if<FileProgressed>(&event.what);
    return progress != nullptr && event.version == 0 ? &progress->file.id : nullptr;
}

}  // namespace

void GaplessVersions::count(std::uint64_t version)
{
    if (version <= end_)
        return;
    ahead_.insert(version);
    skip_to(end_);
}

void GaplessVersions::skip_to(std::uint64_t version)
{
    end_ = std::max(end_, version);
    while (!ahead_.empty() && *ahead_.begin() <= end_ + 1) {
        end_ = std::max(end_, *ahead_.begin());
        ahead_.erase(ahead_.begin());
    }
}

MemorySubscription::MemorySubscription(MemoryEventBus& bus, RoomId room, TokenHash session, net::any_io_executor home)
    : bus_(bus), room_(room), session_(session), wake_(std::make_shared<Wake>(home))
{
}

MemorySubscription::~MemorySubscription()
{
    bus_.unsubscribe(room_, *this);
}

void MemorySubscription::push(Event const& event)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        merge(event);
    }
    // One posted wake-up is enough for whatever is queued until it runs.
    if (!wake_->pending.exchange(true))
        net::post(wake_->timer.get_executor(), [wake = wake_] {
            wake->pending = false;
            wake->timer.cancel();
        });
}

void MemorySubscription::catch_up(std::uint64_t version)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        // One that has told nothing yet is about to read the whole room.
        if (told_.end() == 0 || told_.end() >= version)
            return;
        told_.skip_to(version);
    }
    push(Event{0, EventsMissed{}});
}

void MemorySubscription::merge(Event const& event)
{
    if (is_dropped_)
        return;
    told_.count(event.version);
    if (auto const* id = progressed_file(event)) {
        for (auto& queued : queue_) {
            if (auto const* other = progressed_file(queued); other != nullptr && *other == *id) {
                queued = event;
                return;
            }
        }
    }
    if (queue_.size() >= kMostQueued && !std::holds_alternative<RoomEnded>(event.what)) {
        is_dropped_ = true;
        queue_.clear();
        return;
    }
    queue_.push_back(event);
}

std::optional<Event> MemorySubscription::pop()
{
    auto const lock = std::scoped_lock{mutex_};
    while (!queue_.empty()) {
        auto event = std::move(queue_.front());
        queue_.pop_front();
        if (event.version != 0 && event.version <= seen_.end())
            continue;  // a snapshot or a replay told it already
        seen_.count(event.version);
        return event;
    }
    return std::nullopt;
}

Task<std::optional<Event>> MemorySubscription::next(Milliseconds patience)
{
    auto event = pop();
    if (!event) {
        auto const wake = wake_;
        wake->timer.expires_after(patience);
        {
            auto const lock = std::scoped_lock{mutex_};
            if (is_dropped_)
                co_return fail(Errc::busy, "fell behind");
        }
        co_await wake->timer.async_wait(net::as_tuple(net::use_awaitable));
        event = pop();
    }
    auto const lock = std::scoped_lock{mutex_};
    if (!event && is_dropped_)
        co_return fail(Errc::busy, "fell behind");
    co_return event;
}

void MemorySubscription::skip_to(std::uint64_t version)
{
    auto const lock = std::scoped_lock{mutex_};
    seen_.skip_to(version);
    told_.skip_to(version);
}

}  // namespace fleeting::memory
