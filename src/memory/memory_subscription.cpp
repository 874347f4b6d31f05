#include "memory/memory_subscription.hpp"

#include <algorithm>
#include <utility>

namespace fleeting::memory {
namespace {

// A page that reads slower than this many events behind comes back with Last-Event-ID instead.
constexpr auto kMostQueued = std::size_t{256};

FileId const* progressed_file(SharedEvent const& event)
{
    auto const* progress = std::get_if<FileProgressed>(&event.what());
    return progress != nullptr && event.version() == 0 ? &progress->file.id : nullptr;
}

/// Whether `later` says all that `queued` does.
bool replaces(SharedEvent const& later, SharedEvent const& queued)
{
    auto const* const file = progressed_file(later);
    auto const* const other = progressed_file(queued);
    return (file != nullptr && other != nullptr && *file == *other) ||
           (std::holds_alternative<MembersChanged>(later.what()) && std::holds_alternative<MembersChanged>(queued.what()));
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

MemorySubscription::~MemorySubscription()
{
    bus_.unsubscribe(room_, *this);
}

void MemorySubscription::push(std::shared_ptr<SharedEvent const> const& event)
{
    auto const lock = std::scoped_lock{mutex_};
    push_locked(event);
}

void MemorySubscription::push_locked(std::shared_ptr<SharedEvent const> const& event)
{
    merge(event);
    // One wake-up is enough for whatever is queued until it is taken.
    if (wake_ && !std::exchange(is_woken_, true))
        wake_();
}

void MemorySubscription::catch_up(std::uint64_t version)
{
    auto const lock = std::scoped_lock{mutex_};
    // One that has told nothing yet is about to read the whole room.
    if (told_.end() == 0 || told_.end() >= version)
        return;
    told_.skip_to(version);
    push_locked(std::make_shared<SharedEvent const>(Event{0, EventsMissed{}}));
}

void MemorySubscription::merge(std::shared_ptr<SharedEvent const> const& event)
{
    if (is_dropped_)
        return;
    told_.count(event->version());
    auto const same = std::ranges::find_if(queue_, [&](auto const& queued) { return replaces(*event, *queued); });
    if (same != queue_.end()) {
        *same = event;
        return;
    }
    if (queue_.size() >= kMostQueued && !std::holds_alternative<RoomEnded>(event->what())) {
        is_dropped_ = true;
        queue_.clear();
        return;
    }
    queue_.push_back(event);
}

Result<std::shared_ptr<SharedEvent const>> MemorySubscription::take()
{
    auto const lock = std::scoped_lock{mutex_};
    while (!queue_.empty()) {
        auto event = std::move(queue_.front());
        queue_.pop_front();
        if (event->version() != 0 && event->version() <= seen_.end())
            continue;  // a snapshot or a replay told it already
        seen_.count(event->version());
        return event;
    }
    if (is_dropped_)
        return fail(Errc::busy, "fell behind");
    is_woken_ = false;
    return nullptr;
}

void MemorySubscription::on_news(std::function<void()> wake)
{
    auto const lock = std::scoped_lock{mutex_};
    wake_ = std::move(wake);
}

void MemorySubscription::skip_to(std::uint64_t version)
{
    auto const lock = std::scoped_lock{mutex_};
    seen_.skip_to(version);
    told_.skip_to(version);
}

}  // namespace fleeting::memory
