#pragma once

#include "base/log.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

namespace fleeting {

/// The first thing of an end: what is stored of those rooms can't be read any more. Where that fails the rest goes on all the
/// same; a sweep tries again.
inline net::awaitable<void> erase_keys_of(BlobStore& blobs, std::vector<RoomId> rooms)
{
    if (auto const erased = co_await blobs.erase_keys(std::move(rooms)); !erased)
        log::error("keys_not_erased", erased.error().detail);
}

/// What this process does at once when a room's rows are gone, whoever ended it: cuts what runs, closes what is open, tells
/// every open page.
/// parts   of a service: whatever has `cutoffs`, `linked_files`, `live` and `bus`
template <class Parts>
void announce_end(Parts const& parts, RoomId room, RoomEnded ended)
{
    parts.cutoffs.end(room);
    parts.linked_files.forget_room(room);
    parts.live.forget_room(room);
    parts.bus.publish(room, Event{0, ended});
    parts.bus.forget(room);
}

/// A line for each room whose rows this process has removed. 100,000 may end in one second: unread ones cost next to nothing.
inline void log_erased(EndedRoom const& room, EndReason reason, Instant now)
{
    if (!log::writes(log::Level::debug))
        return;
    auto const when = reason == EndReason::closed ? std::string{"closed before its deadline"}
                                                  : std::to_string((now - room.expires_at).count()) + " ms after its deadline";
    log::debug("room_erased", room.id.hex() + ", " + when + ", files: " + std::to_string(room.file_count));
}

/// The same as announce_end by the process that has removed the rows, at `now`.
template <class Parts>
void announce_erased(Parts const& parts, EndedRoom const& room, EndReason reason, Instant now)
{
    announce_end(parts, room.id, {reason, reason == EndReason::closed ? now : room.expires_at});
    log_erased(room, reason, now);
}

}  // namespace fleeting
