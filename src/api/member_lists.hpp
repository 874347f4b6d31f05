#pragma once

#include "async/keyed_lock.hpp"
#include "service/recent.hpp"
#include "service/room_service.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace fleeting::api {

/// Who is in a room, as its event streams tell it.
struct MemberList {
    std::string event;  ///< the whole `members` event
    std::size_t size = 0;
    std::chrono::steady_clock::time_point read_at;  ///< when the reading began: what happened before is in it
};

/// Reads and writes down a room's members once for all of its streams on this node: in a room of a thousand each coming changes
/// what a thousand pages are told. Keeps nothing that no stream holds. Thread-safe.
class MemberLists {
public:
    explicit MemberLists(RoomService& rooms) : rooms_(rooms) {}

    /// One that was read at `since` or later. errors: unavailable, upload_busy (others have waited for too long)
    Task<std::shared_ptr<MemberList const>> read_since(RoomId room, std::chrono::steady_clock::time_point since);

private:
    [[nodiscard]] std::shared_ptr<MemberList const> find(RoomId room, std::chrono::steady_clock::time_point since);
    Task<std::shared_ptr<MemberList const>> read(RoomId room);

    RoomService& rooms_;
    KeyedLock reading_;
    Recent<std::weak_ptr<MemberList const>, RoomId> known_{4096};
};

}  // namespace fleeting::api
