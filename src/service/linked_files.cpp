#include "service/linked_files.hpp"

namespace fleeting {

std::shared_ptr<LinkedFile const> LinkedFiles::find(FileId id, Instant now)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = by_id_.find(id);
    if (found == by_id_.end())
        return nullptr;
    if ((*found->second)->cutoff->has_passed(now))
        return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return *found->second;
}

void LinkedFiles::keep(std::shared_ptr<LinkedFile const> file)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = by_id_.find(file->file.id); found != by_id_.end()) {
        *found->second = std::move(file);
        return;
    }
    auto const id = file->file.id;
    order_.push_front(std::move(file));
    by_id_.emplace(id, order_.begin());
    if (order_.size() > most_) {
        by_id_.erase(order_.back()->file.id);
        order_.pop_back();
    }
}

void LinkedFiles::forget(FileId id)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = by_id_.find(id); found != by_id_.end()) {
        order_.erase(found->second);
        by_id_.erase(found);
    }
}

void LinkedFiles::forget_room(RoomId room)
{
    auto const lock = std::scoped_lock{mutex_};
    for (auto at = order_.begin(); at != order_.end();) {
        auto const here = at++;
        if ((*here)->file.room_id == room) {
            by_id_.erase((*here)->file.id);
            order_.erase(here);
        }
    }
}

}  // namespace fleeting
