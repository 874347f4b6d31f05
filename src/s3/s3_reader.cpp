#include "s3/s3_reader.hpp"

#include "async/run_blocking.hpp"

namespace fleeting::s3 {

Layout S3Reader::layout() const
{
    auto const lock = std::scoped_lock{mutex_};
    return layout_;
}

Task<> S3Reader::read_by(Layout const& layout, ByteOffset at, MutableBytes out) const
{
    CO_TRY(auto ranges, ranges_of(depot_, key_, layout, at, ByteCount{out.size()}));
    co_return co_await read_from(depot_, std::move(ranges), out);
}

Task<> S3Reader::read(ByteOffset at, MutableBytes out) const
{
    auto const known = layout();
    if (at + ByteCount{out.size()} <= end_of(known)) {
        auto const done = co_await read_by(known, at, out);
        if (done || done.error().code != Errc::not_found)
            co_return done;
    }
    // It has grown, or was put together meanwhile.
    CO_TRY(auto fresh, co_await find_layout(depot_, key_));
    {
        auto const lock = std::scoped_lock{mutex_};
        layout_ = fresh;
    }
    co_return co_await read_by(fresh, at, out);
}

Result<ByteCount> S3Reader::length_blocking() const
{
    TRY(auto const fresh, run_blocking(find_layout(depot_, key_)));
    return end_of(fresh) - ByteOffset{};
}

Result<> S3Reader::read_blocking(ByteOffset at, MutableBytes out) const
{
    return run_blocking(read(at, out));
}

}  // namespace fleeting::s3
