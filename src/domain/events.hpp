#pragma once

#include "base/ids.hpp"
#include "domain/file.hpp"
#include "domain/room.hpp"

#include <string>
#include <variant>
#include <vector>

namespace fleeting {

struct FileAdded {
    FileEntry file;
};
struct FileProgressed {
    FileEntry file;
};  ///< also told when it becomes complete
struct FileRemoved {
    FileId id;
    std::string by;            ///< nobody's name where it wasn't a member
    bool is_infected = false;  ///< the virus scanner has found something
};
struct FilesTaken {
    std::vector<FileId> files;
    TokenHash member;
};  ///< somebody has all of them now
struct MembersChanged {};  ///< streams read the list, many changes at a time
struct MemberRemoved {
    TokenHash member;
    std::string by;  ///< nobody's name where the member left, or nobody knows
};
struct RoomChanged {
    Room room;
    std::string password_mark;  ///< of the password's hash, which isn't told to other nodes
};
struct RoomEnded {
    EndReason reason;
    Instant ended_at;
};
struct EventsMissed {};  ///< something happened that this node wasn't told: subscribers read the room anew

/// Something that happened in one room. `version` is the room's version after it, 0 for what no row records
/// (progress below completion, presence): such an event is never replayed.
struct Event {
    std::uint64_t version = 0;
    std::variant<FileAdded, FileProgressed, FileRemoved, FilesTaken, MembersChanged, MemberRemoved, RoomChanged, RoomEnded,
                 EventsMissed>
        what;
};

}  // namespace fleeting
