#include "http/head_buffer.hpp"

#include "http/head_parser.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace fleeting::http {
namespace {

constexpr auto kUsual = std::size_t{4} << 10;
constexpr auto kMostSpare = std::size_t{32};

std::vector<std::unique_ptr<char[]>>& spare()
{
    thread_local auto buffers = std::vector<std::unique_ptr<char[]>>{};
    return buffers;
}

std::unique_ptr<char[]> take_usual()
{
    if (spare().empty())
        return std::make_unique_for_overwrite<char[]>(kUsual);
    auto taken = std::move(spare().back());
    spare().pop_back();
    return taken;
}

}  // namespace

void HeadBuffer::grow(std::size_t used)
{
    auto const larger = capacity_ == 0 ? kUsual : kMaxHeadBytes;
    auto grown = larger == kUsual ? take_usual() : std::make_unique_for_overwrite<char[]>(larger);
    if (used > 0)
        std::memcpy(grown.get(), bytes_.get(), used);
    release();
    bytes_ = std::move(grown);
    capacity_ = larger;
}

void HeadBuffer::release()
{
    if (capacity_ == kUsual && spare().size() < kMostSpare)
        spare().push_back(std::move(bytes_));
    bytes_.reset();
    capacity_ = 0;
}

}  // namespace fleeting::http
