#include "api/body_sink.hpp"

#include <algorithm>
#include <vector>

namespace fleeting::api {
namespace {

// What a download from behind a network holds in memory: large enough that a request for each piece is cheap.
constexpr auto kPiece = std::uint64_t{1} << 20;

}  // namespace

Task<> BodySink::send(BlobReader const& blob, ByteOffset from, ByteCount count)
{
    if (auto const descriptor = blob.descriptor())
        co_return co_await writer_.send_file(*descriptor, from, count);
    auto piece = std::vector<std::byte>(std::min(kPiece, count.value));
    while (count > ByteCount{0}) {
        auto const part = MutableBytes{piece}.first(std::min<std::uint64_t>(piece.size(), count.value));
        CO_TRY(co_await blob.read(from, part));
        CO_TRY(co_await writer_.write(part));
        from = from + ByteCount{part.size()};
        count = count - ByteCount{part.size()};
    }
    co_return Result<>{};
}

}  // namespace fleeting::api
