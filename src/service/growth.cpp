#include "service/growth.hpp"

#include <algorithm>

namespace fleeting {

Growth::State Growth::state() const
{
    auto const seen = changed_.count();
    auto const lock = std::scoped_lock{mutex_};
    return {offset_, phase_, seen};
}

void Growth::become(ByteOffset offset, Phase phase, bool is_writer)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (is_led_ && !is_writer)
            return;
        is_led_ = is_writer;
        if (phase_ != Phase::growing || (offset <= offset_ && phase == phase_))
            return;
        offset_ = std::max(offset_, offset);
        phase_ = phase;
    }
    changed_.give();
}

void Growth::reach(ByteOffset offset)
{
    become(offset, Phase::growing, true);
}

void Growth::reach_unless_led(ByteOffset offset)
{
    become(offset, Phase::growing, false);
}

void Growth::complete(ByteOffset size)
{
    become(size, Phase::complete, true);
}

void Growth::vanish()
{
    become({}, Phase::gone, true);
}

std::shared_ptr<Growth> Growths::of(FileId id)
{
    auto const lock = std::scoped_lock{mutex_};
    if (growths_.size() >= sweep_at_) {
        std::erase_if(growths_, [](auto const& entry) { return entry.second.expired(); });
        sweep_at_ = std::max<std::size_t>(64, growths_.size() * 2);
    }
    auto& kept = growths_[id];
    auto growth = kept.lock();
    if (!growth)
        kept = growth = std::make_shared<Growth>();
    return growth;
}

std::shared_ptr<Growth> Growths::find(FileId id)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = growths_.find(id);
    return found == growths_.end() ? nullptr : found->second.lock();
}

}  // namespace fleeting
