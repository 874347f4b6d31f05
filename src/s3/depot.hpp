#pragma once

#include "ports/direct_uploads.hpp"
#include "ports/segment_store.hpp"
#include "s3/budget.hpp"
#include "s3/names.hpp"
#include "s3/objects.hpp"
#include "s3/strays.hpp"

#include <span>

namespace fleeting::s3 {

/// What everything here works with. Outlives it all.
struct Depot {
    Client client;
    SegmentStore& segments;
    DirectUploadStore& direct;
    Names names{client.settings().prefix};
    Objects objects{client};
    Budget budget{client.settings().buffers};
    Strays strays;

    Depot(Settings settings, SegmentStore& segment_store, DirectUploadStore& direct_store)
        : client(std::move(settings)), segments(segment_store), direct(direct_store)
    {
    }
};

/// Where a blob's bytes are: its segments in order, or the one object that it is.
using Layout = std::vector<Segment>;

/// errors    not_found, unavailable
Task<Layout> find_layout(Depot& depot, BlobKey key);
/// The stretches of objects that hold `count` bytes from `at`. errors: unavailable (there are fewer)
Result<std::vector<Range>> ranges_of(Depot const& depot, BlobKey key, Layout const& layout, ByteOffset at, ByteCount count);
/// Reads exactly `out.size()` bytes. errors: not_found (an object is gone), unavailable
Task<> read_from(Depot& depot, std::vector<Range> ranges, MutableBytes out);

/// Makes `object` from `ranges`, in order, the store copying what is large enough. errors: not_found, unavailable
Task<> compose(Depot& depot, std::string object, std::vector<Range> ranges);

}  // namespace fleeting::s3
