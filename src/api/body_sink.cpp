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
    while (count > ByteCount{0}) {
        auto const part = blob.part_at(from);
        if (!part)
            co_return co_await send_read(blob, from, count);
        auto const here = std::min(count, part->count);
        if (here == ByteCount{0})
            co_return fail(Errc::unavailable, "a blob is shorter than its row says");
        CO_TRY(co_await writer_.send_file(part->descriptor, part->from, here));
        from = from + here;
        count = count - here;
    }
    co_return Result<>{};
}

Task<> BodySink::send_read(BlobReader const& blob, ByteOffset from, ByteCount count)
{
    auto piece = std::vector<std::byte>(std::min(kPiece, count.value));
    while (count > ByteCount{0}) {
        auto const here = MutableBytes{piece}.first(std::min<std::uint64_t>(piece.size(), count.value));
        CO_TRY(co_await blob.read(from, here));
        CO_TRY(co_await writer_.write(here));
        from = from + ByteCount{here.size()};
        count = count - ByteCount{here.size()};
    }
    co_return Result<>{};
}

}  // namespace fleeting::api
