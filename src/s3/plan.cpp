#include "s3/plan.hpp"

namespace fleeting::s3 {
namespace {

constexpr auto kLeast = kLeastPart.value;
constexpr auto kMost = std::uint64_t{1} << 30;

/// The first `size` bytes of `range`, which keeps the rest.
Range split_off(Range& range, std::uint64_t size)
{
    auto const front = Range{range.object, range.begin, ByteCount{size}};
    range.begin = range.begin + ByteCount{size};
    range.size = range.size - ByteCount{size};
    return front;
}

/// In pieces of about one size, so that none is too small.
void add_copies(std::vector<PlannedPart>& parts, Range range)
{
    for (auto left = (range.size.value + kMost - 1) / kMost; left > 0; --left)
        parts.push_back({split_off(range, range.size.value / left)});
}

}  // namespace

ByteCount size_of(PlannedPart const& part)
{
    auto size = ByteCount{};
    for (auto const& range : part)
        size = size + range.size;
    return size;
}

std::vector<PlannedPart> plan_parts(std::vector<Range> const& ranges)
{
    auto parts = std::vector<PlannedPart>{};
    auto small = PlannedPart{};
    for (auto range : ranges) {
        if (!small.empty()) {
            // Of a large one only as much as makes this part large enough, where that leaves another large one.
            auto const missing = kLeast - size_of(small).value;
            small.push_back(split_off(range, range.size.value >= missing + kLeast ? missing : range.size.value));
            if (size_of(small).value >= kLeast)
                parts.push_back(std::exchange(small, {}));
        }
        if (range.size.value >= kLeast)
            add_copies(parts, range);
        else if (range.size.value > 0)
            small.push_back(range);
    }
    if (!small.empty())
        parts.push_back(small);
    return parts;
}

}  // namespace fleeting::s3
