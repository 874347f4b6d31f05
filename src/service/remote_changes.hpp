#pragma once

#include "domain/events.hpp"
#include "ports/event_bus.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

namespace fleeting {

struct RemoteChangesParts {
    EventBus& bus;  ///< of this node alone: what another node has told everybody isn't told on
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
};

/// What this node does when something happened on another one: what the service that did it there has done with its own streams,
/// cutoffs and open files. Thread-safe.
class RemoteChanges {
public:
    explicit RemoteChanges(RemoteChangesParts parts) : parts_(parts) {}

    void apply(RoomId room, Event const& event);

private:
    void follow(RoomId, FileAdded const& e) { parts_.linked_files.forget(e.file.id); }
    void follow(RoomId, FileProgressed const& e);
    void follow(RoomId, FileRemoved const& e);
    void follow(RoomId, FilesTaken const&) {}
    void follow(RoomId, MembersChanged const&) {}
    void follow(RoomId room, MemberRemoved const& e) { parts_.cutoffs.end_member(room, e.member); }
    void follow(RoomId, RoomChanged const& e) { parts_.cutoffs.move(e.room); }
    void follow(RoomId, RoomEnded const&) {}
    void follow(RoomId room, EventsMissed const&) { parts_.linked_files.forget_room(room); }

    RemoteChangesParts parts_;
};

}  // namespace fleeting
