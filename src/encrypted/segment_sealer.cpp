#include "encrypted/segment_sealer.hpp"

#include "encrypted/blob_layout.hpp"

#include <algorithm>

namespace fleeting::encrypted {
namespace {

void append(std::vector<std::byte>& out, Bytes bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

SegmentSealer::SegmentSealer(std::shared_ptr<BlobCipher const> cipher, std::uint32_t stretch, ByteOffset at, Bytes before)
    : cipher_(std::move(cipher)), gcm_(cipher_->sealer()), stretch_(stretch), at_(at)
{
    if (at_ != segment_begin(at_))
        gcm_.begin(nonce_of(stretch_, at_.value / kSegment), before);
}

void SegmentSealer::begin_segment()
{
    if (at_ == segment_begin(at_))
        gcm_.begin(nonce_of(stretch_, at_.value / kSegment), {});
}

void SegmentSealer::seal(Bytes bytes, std::vector<std::byte>& out)
{
    while (!bytes.empty()) {
        begin_segment();
        auto const left = kSegment - at_.value % kSegment;
        auto const here = bytes.first(std::min<std::uint64_t>(bytes.size(), left));
        // Copied and encrypted where it lies: cheaper than bytes that are zeroed to be written over.
        append(out, here);
        auto const stored = MutableBytes{out}.last(here.size());
        gcm_.update(stored, stored);
        at_ = at_ + ByteCount{here.size()};
        bytes = bytes.subspan(here.size());
        if (here.size() == left)
            append(out, gcm_.tag());
    }
}

void SegmentSealer::finish(std::vector<std::byte>& out)
{
    begin_segment();
    append(out, gcm_.tag());
    append(out, cipher_->seal_of({at_.value}));
}

std::vector<std::byte> sealed_blob(std::shared_ptr<BlobCipher const> cipher, Bytes bytes)
{
    auto out = cipher->header();
    out.reserve(sealed_length({bytes.size()}).value);
    auto sealer = SegmentSealer{std::move(cipher), 0, {}, {}};
    sealer.seal(bytes, out);
    sealer.finish(out);
    return out;
}

}  // namespace fleeting::encrypted
