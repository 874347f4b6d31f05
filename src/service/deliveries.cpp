#include "service/deliveries.hpp"

#include <algorithm>
#include <unordered_set>

namespace fleeting {

std::shared_ptr<Cutoff const> Deliveries::add(BlobKey blob)
{
    auto open = std::make_shared<Open>();
    open->blob = blob;
    return enter(std::move(open));
}

std::shared_ptr<Cutoff const> Deliveries::add(Blobs const& blobs)
{
    auto open = std::make_shared<Open>();
    open->blobs = blobs;
    return enter(std::move(open));
}

std::shared_ptr<Cutoff const> Deliveries::enter(std::shared_ptr<Open> open)
{
    auto const lock = std::scoped_lock{mutex_};
    if (open_.size() >= look_at_)
        forget_closed();
    open_.push_back(open);
    return {open, &open->cutoff};
}

void Deliveries::forget_closed()
{
    std::erase_if(open_, [](auto const& one) { return one.expired(); });
    look_at_ = std::max<std::size_t>(64, open_.size() * 2);
}

std::vector<BlobKey> Deliveries::blobs() const
{
    auto all = std::unordered_set<BlobKey>{};
    auto const lock = std::scoped_lock{mutex_};
    for (auto const& one : open_) {
        auto const open = one.lock();
        if (!open)
            continue;
        if (auto const many = open->blobs.lock())
            all.insert(many->begin(), many->end());
        else
            all.insert(open->blob);
    }
    return {all.begin(), all.end()};
}

void Deliveries::cut(std::vector<BlobKey> const& gone)
{
    auto const keys = std::unordered_set<BlobKey>(gone.begin(), gone.end());
    auto const is_gone = [&](BlobKey const& key) { return keys.contains(key); };
    auto const lock = std::scoped_lock{mutex_};
    for (auto const& one : open_) {
        auto const open = one.lock();
        if (!open)
            continue;
        auto const many = open->blobs.lock();
        if (many ? std::ranges::any_of(*many, is_gone) : is_gone(open->blob))
            open->cutoff.pass_now();
    }
}

}  // namespace fleeting
