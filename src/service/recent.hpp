#pragma once

#include "base/ids.hpp"

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace fleeting {

/// A bounded memory of something kept for files, or for others in a room: the least recently used goes first. Thread-safe.
template <class T, class Id = FileId, class Hash = std::hash<Id>>
class Recent {
public:
    explicit Recent(std::size_t most) : most_(most) {}

    std::optional<T> find(Id id)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto const found = by_id_.find(id);
        if (found == by_id_.end())
            return std::nullopt;
        order_.splice(order_.begin(), order_, found->second);
        return found->second->kept;
    }
    /// Finds and forgets.
    std::optional<T> take(Id id)
    {
        auto const lock = std::scoped_lock{mutex_};
        auto const found = by_id_.find(id);
        if (found == by_id_.end())
            return std::nullopt;
        auto kept = std::optional{std::move(found->second->kept)};
        drop(found->second);
        return kept;
    }
    void keep(Id id, RoomId room, T what)
    {
        auto const lock = std::scoped_lock{mutex_};
        if (auto const found = by_id_.find(id); found != by_id_.end())
            drop(found->second);
        order_.push_front({id, room, std::move(what)});
        by_id_.emplace(id, order_.begin());
        if (order_.size() > most_)
            drop(std::prev(order_.end()));
    }
    void forget(Id id) { take(id); }
    void forget_room(RoomId room)
    {
        auto const lock = std::scoped_lock{mutex_};
        for (auto at = order_.begin(); at != order_.end();) {
            auto const here = at++;
            if (here->room == room)
                drop(here);
        }
    }

private:
    struct Entry {
        Id id;
        RoomId room;
        T kept;
    };
    using Order = std::list<Entry>;

    void drop(typename Order::iterator at)
    {
        by_id_.erase(at->id);
        order_.erase(at);
    }

    std::size_t most_;
    std::mutex mutex_;
    Order order_;
    std::unordered_map<Id, typename Order::iterator, Hash> by_id_;
};

}  // namespace fleeting
