#pragma once

#include "ports/event_bus.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

namespace fleeting {

/// What this process does at once when a room's rows are gone, whoever ended it: cuts what runs, closes what is open, tells
/// every open page.
/// parts   of a service: whatever has `cutoffs`, `linked_files`, `live` and `bus`
template <class Parts>
void announce_end(Parts const& parts, RoomId room, RoomEnded ended)
{
    parts.cutoffs.end(room, ended.ended_at);
    parts.linked_files.forget_room(room);
    parts.live.forget_room(room);
    parts.bus.publish(room, Event{0, ended});
    parts.bus.forget(room);
}

}  // namespace fleeting
