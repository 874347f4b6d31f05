#include "s3/buffer.hpp"

#include <algorithm>

namespace fleeting::s3 {

bool Buffer::grow(Budget& budget)
{
    if (capacity_ >= kMostBuffer)
        return false;
    grant_ = budget.take(kMostBuffer);
    if (!grant_)
        return false;
    reserve(kMostBuffer);
    return true;
}

void Buffer::append(Bytes bytes, bool digests)
{
    if (capacity_ == 0)
        reserve(kLeastBuffer);
    std::ranges::copy(bytes, bytes_.get() + size_);
    size_ += bytes.size();
    if (digests)
        digest_.update(bytes);
}

void Buffer::cut(ByteOffset end)
{
    is_cut_ = is_cut_ || end < this->end();
    size_ = (end - at_).value;
}

void Buffer::reserve(std::size_t capacity)
{
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    std::ranges::copy(this->bytes(), larger.get());
    bytes_ = std::move(larger);
    capacity_ = capacity;
}

}  // namespace fleeting::s3
