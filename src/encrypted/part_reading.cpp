#include "encrypted/part_reading.hpp"

#include "encrypted/blob_layout.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

/// This thread's, valid until the next use; nothing that uses one suspends.
MutableBytes stored_scratch()
{
    thread_local auto const bytes = std::make_unique_for_overwrite<std::byte[]>(kSlot);
    return {bytes.get(), kSlot};
}

MutableBytes plain_scratch()
{
    thread_local auto const bytes = std::make_unique_for_overwrite<std::byte[]>(kSegment);
    return {bytes.get(), kSegment};
}

/// What of a segment to read: up to where, and whether there is a tag behind it.
struct Extent {
    std::uint64_t count;
    bool has_tag;
};

Extent extent_of(OpenPart const& part, ByteOffset segment, ByteOffset wanted_end)
{
    auto const left = part.size ? part.size->value - segment.value : kSegment;
    if (left >= kSegment && (part.size || wanted_end == segment + ByteCount{kSegment}))
        return {kSegment, true};
    return part.is_sealed && part.size ? Extent{left, true} : Extent{(wanted_end - segment).value, false};
}

}  // namespace

Result<BlobEnd> end_of_blocking(BlobCipher const& cipher, ReadStored const& read, ByteCount stored)
{
    if (stored.value >= kHeader + kTrailer) {
        auto const size = length_of({stored.value - kTrailer});
        auto seal = Seal{};
        TRY(read({stored.value - kTag}, seal));
        if (sealed_length(size) == stored && crypto::equal_in_constant_time(seal, cipher.seal_of(size)))
            return BlobEnd{size, true};
    }
    return BlobEnd{length_of(stored), false};
}

Result<> read_part_blocking(OpenPart const& part, std::span<Stretch const> stretches, ReadStored const& read, ByteOffset at,
                            MutableBytes out)
{
    if (!part.cipher && is_encrypted(part.key))
        return out.empty() ? Result<>{} : fail(Errc::unavailable, "a blob is shorter than its row says");
    if (!part.cipher)
        return read(part.stored_begin + ByteCount{at.value}, out);
    auto opener = part.cipher->opener();
    while (!out.empty()) {
        auto const begin = segment_begin(at);
        auto const skip = (at - begin).value;
        auto const here = std::min<std::uint64_t>(out.size(), kSegment - skip);
        if (part.size && at.value + here > part.size->value)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        auto const extent = extent_of(part, begin, at + ByteCount{here});
        auto const stored = stored_scratch().first(extent.count + (extent.has_tag ? kTag : 0));
        TRY(read(part.stored_begin + ByteCount{stored_at(begin).value}, stored));
        auto const segment = StoredSegment{begin, stored.first(extent.count), stored.subspan(extent.count)};
        auto const is_all = skip == 0 && here == extent.count;
        auto const plain = is_all ? out.first(here) : plain_scratch().first(extent.count);
        TRY(open_segment(opener, stretches, segment, plain));
        if (!is_all)
            std::ranges::copy(plain.subspan(skip, here), out.begin());
        out = out.subspan(here);
        at = at + ByteCount{here};
    }
    return {};
}

}  // namespace fleeting::encrypted
