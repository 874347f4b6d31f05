#include "s3/depot.hpp"

#include <algorithm>

namespace fleeting::s3 {

Task<Layout> find_layout(Depot& depot, BlobKey key)
{
    CO_TRY(auto segments, co_await depot.segments.find_segments(key));
    if (!segments.empty())
        co_return segments;
    CO_TRY(auto const size, co_await depot.objects.size_of(depot.names.of(key)));
    co_return Layout{{{}, size, kWhole}};
}

Result<std::vector<Range>> ranges_of(Depot const& depot, BlobKey key, Layout const& layout, ByteOffset at, ByteCount count)
{
    auto const end = at + count;
    if (end_of(layout) < end)
        return fail(Errc::unavailable, "a blob is shorter than it should be");
    auto ranges = std::vector<Range>{};
    for (auto const& segment : layout) {
        auto const from = std::max(at, segment.at);
        auto const to = std::min(end, segment.end());
        if (from < to)
            ranges.push_back({depot.names.of(key, segment.object), ByteOffset{(from - segment.at).value}, to - from});
    }
    return ranges;
}

Task<> read_from(Depot& depot, std::vector<Range> ranges, MutableBytes out)
{
    for (auto const& range : ranges) {
        CO_TRY(co_await depot.objects.read(range, out.first(range.size.value)));
        out = out.subspan(range.size.value);
    }
    co_return Result<>{};
}

}  // namespace fleeting::s3
