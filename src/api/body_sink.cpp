#include "api/body_sink.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace fleeting::api {
namespace {

// What is decrypted, or comes over a fast network, is at hand as soon as it is asked for: other downloads of the thread get a
// turn.
constexpr auto kTurn = std::uint64_t{4} << 20;

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
    auto const size = blob.read_size().value;
    auto const piece = std::make_unique_for_overwrite<std::byte[]>(std::min(size, count.value));
    for (auto sent = std::uint64_t{0}; count > ByteCount{0};) {
        auto const here = MutableBytes{piece.get(), std::min(size - from.value % size, count.value)};
        if (auto const read = co_await blob.read(from, here); !read) {
            log::error("file_unreadable", read.error().detail);  // members see a download that breaks off, and nothing else
            co_return fail(read.error());
        }
        CO_TRY(co_await writer_.write(here));
        if (sent / kTurn != (sent + here.size()) / kTurn)
            co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
        sent += here.size();
        from = from + ByteCount{here.size()};
        count = count - ByteCount{here.size()};
    }
    co_return Result<>{};
}

}  // namespace fleeting::api
