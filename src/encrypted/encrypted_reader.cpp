#include "encrypted/encrypted_reader.hpp"

#include "encrypted/blob_layout.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

// What a download holds in memory: whole segments, so that none is decrypted twice.
constexpr auto kReadSize = ByteCount{4 * kSegment};

}  // namespace

ByteCount EncryptedReader::read_size() const
{
    return kReadSize;
}

Result<ByteCount> EncryptedReader::length_blocking() const
{
    auto const& last = parts_.back();
    if (last.size)
        return ByteCount{last.begin.value} + *last.size;
    TRY(auto const end, end_blocking(last));
    return end.size;
}

Result<BlobEnd> EncryptedReader::end_blocking(OpenPart const& part) const
{
    TRY(auto const stored, stored_->length_blocking());
    auto const read = [this](ByteOffset from, MutableBytes into) { return stored_->read_blocking(from, into); };
    return part.cipher ? end_of_blocking(*part.cipher, read, stored) : BlobEnd{};
}

/// Nobody tells when a blob that was open before is sealed.
Result<> EncryptedReader::read_growing_blocking(OpenPart part, ByteOffset at, MutableBytes out) const
{
    TRY(auto const end, end_blocking(part));
    part.size = end.size;
    part.is_sealed = end.is_sealed;
    auto const read = [this](ByteOffset from, MutableBytes into) { return stored_->read_blocking(from, into); };
    return read_part_blocking(part, keys_.stretches_of(part.key), read, at, out);
}

Result<> EncryptedReader::read_blocking(ByteOffset at, MutableBytes out) const
{
    auto const read = [this](ByteOffset from, MutableBytes into) { return stored_->read_blocking(from, into); };
    while (!out.empty()) {
        auto const& part = *std::prev(std::ranges::upper_bound(parts_, at, {}, &OpenPart::begin));
        if (!part.size)
            return read_growing_blocking(part, at, out);
        auto const end = part.begin + *part.size;
        auto const here = std::min<std::uint64_t>(out.size(), end.value - std::min(end, at).value);
        if (here == 0)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        TRY(read_part_blocking(part, keys_.stretches_of(part.key), read, ByteOffset{(at - part.begin).value}, out.first(here)));
        at = at + ByteCount{here};
        out = out.subspan(here);
    }
    return {};
}

}  // namespace fleeting::encrypted
