#include "service/upload_transfer.hpp"

#include <algorithm>

namespace fleeting {

UploadTransfer::UploadTransfer(OpenUpload& upload, ByteSource& source, Hooks hooks)
    : upload_(upload), source_(source), hooks_(std::move(hooks))
{
}

Result<std::size_t> UploadTransfer::take(MutableBytes into, ByteCount in_flight)
{
    if (!upload_.file.length_known)
        return source_.take(into);
    auto const left = upload_.left().value - in_flight.value;
    if (left == 0)
        return fail(Errc::length_conflict, "more bytes than the upload's length");
    return source_.take(into.first(std::min<std::uint64_t>(into.size(), left)));
}

Task<> UploadTransfer::store_scratch()
{
    // Between `take` and the end of `store_blocking` nothing may suspend: the scratch buffer is the thread's.
    if (!upload_.file.length_known) {
        CO_TRY(co_await hooks_.before_store(ByteCount{source_.scratch().size()}));
    }
    auto const scratch = source_.scratch();
    CO_TRY(auto const count, take(scratch, ByteCount{0}));
    if (count == 0)
        co_return Result<>{};
    CO_TRY(upload_.store_blocking(scratch.first(count)));
    upload_.file.offset = upload_.file.offset + ByteCount{count};
    co_return co_await hooks_.after_store();
}

Task<> UploadTransfer::run_inline()
{
    while (true) {
        CO_TRY(auto const has_more, co_await source_.ready());
        if (!has_more)
            co_return Result<>{};
        CO_TRY(co_await store_scratch());
    }
}

Task<> UploadTransfer::run_beside(BlockingPool& pool, Slabs& slabs)
{
    auto const home = co_await net::this_coro::executor;
    auto beside = Beside{home, pool, slabs, upload_};
    auto const read = co_await beside_loop(beside, slabs);
    auto const stored = co_await beside.join();
    CO_TRY(read);
    CO_TRY(stored);
    co_return co_await hooks_.after_store();
}

Task<> UploadTransfer::beside_loop(Beside& beside, Slabs& slabs)
{
    auto in_flight = ByteCount{0};
    while (true) {
        // No slab is held while the peer makes us wait: a slow upload costs no memory.
        CO_TRY(auto const has_more, co_await source_.ready());
        if (!has_more)
            co_return Result<>{};
        auto slab = slabs.borrow();
        if (!slab) {
            CO_TRY(co_await beside.join());
            in_flight = {};
            CO_TRY(co_await store_scratch());
            continue;
        }
        auto const count = take({slab.get(), Slabs::kSize}, in_flight);
        if (!count || *count == 0) {
            slabs.give_back(std::move(slab));
            CO_TRY(count);
            continue;
        }
        auto const joined = co_await beside.join();
        auto allowed = joined ? co_await hooks_.after_store() : joined;
        if (allowed && !upload_.file.length_known)
            allowed = co_await hooks_.before_store(ByteCount{*count});
        if (!allowed) {
            slabs.give_back(std::move(slab));
            co_return allowed;
        }
        in_flight = ByteCount{*count};
        beside.start(std::move(slab), *count);
    }
}

}  // namespace fleeting
