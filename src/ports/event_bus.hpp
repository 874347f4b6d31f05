#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "ports/shared_event.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fleeting {

/// One open event stream's end of the bus. Used on one thread.
class Subscription {
public:
    virtual ~Subscription() = default;
    /// The next event, or nothing where none is there.
    /// errors    busy: fell behind its bounded queue and is dropped, the client comes back with `Last-Event-ID`
    virtual Result<std::shared_ptr<SharedEvent const>> take() = 0;
    /// From now on `wake` is called, on any thread and under locks, when something came; not again before `take` gave nothing.
    virtual void on_news(std::function<void()> wake) = 0;
    /// The highest version up to which every versioned event was handed out: the `id:` to tell the client.
    [[nodiscard]] virtual std::uint64_t seen_version() const = 0;
    /// A snapshot of the room at `version` was sent: nothing up to it needs handing out any more.
    virtual void skip_to(std::uint64_t version) = 0;
    /// Whether replay from the version asked for was possible; if not, send a snapshot first.
    [[nodiscard]] virtual bool is_gapless() const = 0;
};

/// Carries events to every open stream of a room, keeps the last versioned ones for replay, and knows who is present.
/// `publish` may be called from any thread.
class EventBus {
public:
    virtual ~EventBus() = default;
    virtual void publish(RoomId room, Event event) = 0;
    /// Present in the room as `session` while it lives.
    /// after     the client's `Last-Event-ID`; nothing for a new client
    /// errors    rate_limited: too many streams of this session
    virtual Task<std::unique_ptr<Subscription>> subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after) = 0;
    /// Session ids with at least one open stream in `room`, on any node that is heard of. Asks nobody.
    [[nodiscard]] virtual std::vector<TokenHash> present(RoomId room) const = 0;
    /// The room's row says it is at `version`: each stream on this node that wasn't told all up to it gets `EventsMissed`.
    virtual void catch_up(RoomId room, std::uint64_t version) = 0;
    /// Drops what is kept for a room that ended, after its last event.
    virtual void forget(RoomId room) = 0;
};

}  // namespace fleeting
