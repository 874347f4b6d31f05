#include "service/upload_transfer.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// A write that took longer than this waited for the disk.
constexpr auto kSlowWrite = Milliseconds{4};
// How many writes go through the pool before the thread tries again.
constexpr auto kSlowTurns = 32;

}  // namespace

UploadTransfer::UploadTransfer(OpenUpload& upload, ByteSource& source, BlockingPool& disk_pool, Slabs& slabs, Hooks hooks)
    : upload_(upload), source_(source), disk_pool_(disk_pool), slabs_(slabs), hooks_(std::move(hooks))
{
}

Result<std::size_t> UploadTransfer::take(MutableBytes into)
{
    auto const left = upload_.left().value;
    if (left == 0)
        return fail(Errc::length_conflict, "more bytes than the upload's length");
    return source_.take(into.first(std::min<std::uint64_t>(into.size(), left)));
}

Task<> UploadTransfer::make_room()
{
    if (!upload_.file.length_known && upload_.left() == ByteCount{0}) {
        CO_TRY(co_await hooks_.reserve());
    }
    co_return co_await upload_.state.writer->ready();
}

Result<> UploadTransfer::store_timed_blocking(Bytes bytes)
{
    auto const begun = std::chrono::steady_clock::now();
    TRY(upload_.store_blocking(bytes));
    if (std::chrono::steady_clock::now() - begun > kSlowWrite)
        slow_turns_ = kSlowTurns;
    return {};
}

Task<> UploadTransfer::store_here()
{
    CO_TRY(co_await make_room());
    // From here to the end of the store nothing may suspend: the scratch buffer is the thread's.
    auto const scratch = source_.scratch();
    CO_TRY(auto const count, take(scratch));
    if (count == 0)
        co_return Result<>{};
    CO_TRY(store_timed_blocking(scratch.first(count)));
    upload_.file.offset = upload_.file.offset + ByteCount{count};
    co_return co_await hooks_.after_store();
}

Task<> UploadTransfer::store_in_pool(Slabs::Slab& slab)
{
    CO_TRY(co_await make_room());
    CO_TRY(auto const count, take({slab.get(), Slabs::kSize}));
    if (count == 0)
        co_return Result<>{};
    --slow_turns_;
    CO_TRY(co_await disk_pool_.run([&] { return store_timed_blocking({slab.get(), count}); }));
    upload_.file.offset = upload_.file.offset + ByteCount{count};
    co_return co_await hooks_.after_store();
}

Task<> UploadTransfer::run()
{
    while (true) {
        CO_TRY(auto const has_more, co_await source_.ready());
        if (!has_more)
            co_return Result<>{};
        // No slab is held while the peer makes us wait: a slow upload costs no memory.
        auto slab = slow_turns_ > 0 ? slabs_.borrow() : nullptr;
        auto const stored = slab ? co_await store_in_pool(slab) : co_await store_here();
        if (slab)
            slabs_.give_back(std::move(slab));
        CO_TRY(stored);
    }
}

}  // namespace fleeting
