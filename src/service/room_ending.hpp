#pragma once

#include "ports/event_bus.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"

namespace fleeting {

/// What this process does at once when a room's rows are gone, whoever ended it: cuts what runs, closes what is open, tells
/// every open page.
inline void announce_end(Cutoffs& cutoffs, LinkedFiles& linked_files, EventBus& bus, RoomId room, RoomEnded ended)
{
    cutoffs.end(room, ended.ended_at);
    linked_files.forget_room(room);
    bus.publish(room, Event{0, ended});
    bus.forget(room);
}

}  // namespace fleeting
