#include "service/block_list.hpp"

#include <algorithm>

namespace fleeting {

void BlockList::replace(std::vector<Block> blocks)
{
    auto digests = std::unordered_set<Sha256>{};
    for (auto const& block : blocks)
        if (block.digest)
            digests.insert(*block.digest);
    std::erase_if(blocks, [](Block const& block) { return !block.range; });
    auto const lock = std::scoped_lock{mutex_};
    digests_ = std::move(digests);
    ranges_ = std::move(blocks);
    has_digests_ = !digests_.empty();
    has_ranges_ = !ranges_.empty();
}

bool BlockList::has(Sha256 const& digest) const
{
    if (!has_digests_)
        return false;
    auto const lock = std::scoped_lock{mutex_};
    return digests_.contains(digest);
}

std::optional<std::string> BlockList::range_of(std::string_view address) const
{
    if (!has_ranges_)
        return std::nullopt;
    auto const bytes = to_address_bytes(address);
    auto const lock = std::scoped_lock{mutex_};
    auto const found = std::ranges::find_if(ranges_, [&](Block const& block) { return bytes && block.range->has(*bytes); });
    return found == ranges_.end() ? std::nullopt : std::optional{found->value};
}

}  // namespace fleeting
