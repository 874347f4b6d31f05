#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"

#include <vector>

namespace fleeting {

/// A piece of a blob that still grows, in an object of its own.
struct Segment {
    ByteOffset at;             ///< in the blob
    ByteCount size;            ///< less than the object's own, where the blob was cut
    std::uint64_t object = 0;  ///< tells it from the blob's other objects; at most 2^63 - 1

    [[nodiscard]] ByteOffset end() const { return at + size; }
    friend bool operator==(Segment const&, Segment const&) = default;
};

/// Where a blob that consists of these ends.
inline ByteOffset end_of(std::vector<Segment> const& segments)
{
    return segments.empty() ? ByteOffset{} : segments.back().end();
}

/// What blobs consist of while they grow, where a store can't append. Each function is one transaction.
class SegmentStore {
public:
    virtual ~SegmentStore() = default;
    /// In their order; none for a blob that was never in segments, or isn't there.
    virtual Task<std::vector<Segment>> find_segments(BlobKey blob) = 0;
    /// Puts `segment` at the blob's end. Of several that try to at one time one succeeds: that is what keeps two nodes from
    /// writing one blob. errors: upload_busy (the end isn't `segment.at`)
    virtual Task<> append_segment(BlobKey blob, Segment segment) = 0;
    /// Drops what lies behind `end`, and shortens the segment across it. errors: upload_busy (the blob doesn't end at `from`)
    virtual Task<> cut_segments(BlobKey blob, ByteOffset from, ByteOffset end) = 0;
    /// `whole` has the same bytes as all of `from` and takes their place. A list that is so already stays.
    /// errors    upload_busy (the list is another)
    virtual Task<> replace_segments(BlobKey blob, std::vector<Segment> from, Segment whole) = 0;
    virtual Task<> remove_segments(std::vector<BlobKey> blobs) = 0;
};

}  // namespace fleeting
