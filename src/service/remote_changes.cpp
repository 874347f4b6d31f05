#include "service/remote_changes.hpp"

#include "service/room_ending.hpp"

namespace fleeting {

void RemoteChanges::apply(RoomId room, Event const& event)
{
    if (auto const* const ended = std::get_if<RoomEnded>(&event.what)) {
        announce_end(parts_, room, *ended);
        return;
    }
    // Told first: the stream of a member who was removed says so before it is cut.
    parts_.bus.publish(room, event);
    std::visit([&](auto const& what) { follow(room, what); }, event.what);
}

void RemoteChanges::follow(RoomId, FileProgressed const& e)
{
    // Another node writes it, so what this one remembers of it is old.
    parts_.live.let_go(e.file.id);
    if (!e.file.is_complete())
        return;
    parts_.linked_files.forget(e.file.id);
    if (auto const growth = parts_.live.growths.find(e.file.id))
        growth->complete(ByteOffset{e.file.size.value});
}

void RemoteChanges::follow(RoomId, FileRemoved const& e)
{
    parts_.linked_files.forget(e.id);
    parts_.live.forget(e.id);
}

}  // namespace fleeting
