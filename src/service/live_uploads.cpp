#include "service/live_uploads.hpp"

namespace fleeting {

void LiveUploads::enter_digest(FileId id, RoomId room, std::shared_ptr<DigestFollower> follower)
{
    auto const lock = std::scoped_lock{mutex_};
    digests_.insert_or_assign(id, Digest{room, std::move(follower)});
}

void LiveUploads::leave_digest(FileId id)
{
    auto const lock = std::scoped_lock{mutex_};
    digests_.erase(id);
}

ByteOffset LiveUploads::offset_of(FileId id)
{
    if (auto const growth = growths.find(id))
        return growth->state().offset;
    auto const state = parked.find(id);
    return state ? state->crc32.offset() : ByteOffset{0};
}

void LiveUploads::let_go(FileId id)
{
    if (auto const state = parked.take(id); state && state->sha256)
        state->sha256->cancel();
}

void LiveUploads::forget(FileId id)
{
    if (auto const growth = growths.find(id))
        growth->vanish();
    let_go(id);
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = digests_.find(id); found != digests_.end())
        found->second.follower->cancel();
}

void LiveUploads::forget_room(RoomId room)
{
    parked.forget_room(room);
    auto const lock = std::scoped_lock{mutex_};
    for (auto const& [id, digest] : digests_)
        if (digest.room == room)
            digest.follower->cancel();
}

}  // namespace fleeting
