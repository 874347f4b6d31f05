#include "s3/s3_writer.hpp"

#include "async/run_blocking.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fleeting::s3 {
namespace {

std::uint64_t random_object()
{
    auto const high = std::uint64_t{crypto::random_below(0x7fff'ffff)} + 1;
    return high << 32 | crypto::random_below(0xffff'ffff);
}

bool is_whole(Layout const& layout)
{
    return layout.size() == 1 && layout.front().object == kWhole;
}

/// An object that the list names is gone: another node has made the blob whole or cut it meanwhile, and the list is old. To a
/// client `not_found` would say that the upload is.
Result<> as_busy(Result<> outcome)
{
    if (outcome || outcome.error().code != Errc::not_found)
        return outcome;
    return fail(Errc::upload_busy, "another node has changed the blob");
}

/// Objects that nobody needs any more. What stays goes with its blob.
Task<> erase_segments(Depot& depot, BlobKey key, Layout segments)
{
    auto names = std::vector<std::string>{};
    for (auto const& segment : segments)
        if (segment.object != kWhole)
            names.push_back(depot.names.of(key, segment.object));
    auto left = co_await depot.objects.erase(names, false);
    if (!left)
        log::debug("segments_left", left.error().detail);
    depot.strays.add(key, left ? *std::move(left) : std::move(names));
    co_return Result<>{};
}

}  // namespace

/// A segment on its way. It outlives its writer.
struct S3Writer::Sending {
    Buffer buffer;
    Segment segment;
    std::shared_ptr<std::atomic<std::uint64_t>> kept_end;
    Result<> outcome = {};
    std::atomic<bool> is_done = false;
    Signal done = {};
};

/// The right to change what is stored, given back however the frame goes.
class S3Writer::Turn {
public:
    explicit Turn(S3Writer& writer) : writer_(&writer) { writer.is_turn_taken_ = true; }
    Turn(Turn&& other) noexcept : writer_(std::exchange(other.writer_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn()
    {
        if (writer_ == nullptr)
            return;
        writer_->is_turn_taken_ = false;
        writer_->turn_given_.give();
    }

private:
    S3Writer* writer_;
};

S3Writer::S3Writer(Depot& depot, BlobKey key, Layout layout)
    : depot_(depot), key_(key), layout_(std::move(layout)),
      kept_end_(std::make_shared<std::atomic<std::uint64_t>>(end_of(layout_).value)), buffer_(end_of(layout_))
{
}

net::awaitable<S3Writer::Turn> S3Writer::take_turn()
{
    for (auto seen = turn_given_.count(); is_turn_taken_; seen = turn_given_.count())
        co_await turn_given_.wait(seen, Milliseconds{1'000});
    co_return Turn{*this};
}

Result<> S3Writer::check() const
{
    auto const lock = std::scoped_lock{mutex_};
    return health_;
}

bool S3Writer::has_room()
{
    auto const lock = std::scoped_lock{mutex_};
    return buffer_.has_room(kLeastBuffer) || buffer_.grow(depot_.budget);
}

Task<> S3Writer::ready()
{
    CO_TRY(check());
    if (has_room())
        co_return Result<>{};
    auto const turn = co_await take_turn();
    co_return co_await start_sending();
}

Result<> S3Writer::write_blocking(ByteOffset at, Bytes bytes)
{
    auto const lock = std::scoped_lock{mutex_};
    TRY(health_);
    if (at != buffer_.end())
        return fail(Errc::unavailable, "a blob here grows at its end only");
    if (!buffer_.has_room(bytes.size()))
        return fail(Errc::unavailable, "a writer was given more than it was ready for");
    buffer_.append(bytes, depot_.client.signs_bodies());
    return {};
}

Task<> S3Writer::start_sending()
{
    CO_TRY(co_await settle());
    {
        auto const lock = std::scoped_lock{mutex_};
        if (buffer_.is_empty())
            co_return Result<>{};
        auto const segment = Segment{buffer_.at(), ByteCount{buffer_.bytes().size()}, random_object()};
        auto next = Buffer{buffer_.end()};
        sending_ = std::make_shared<Sending>(std::exchange(buffer_, std::move(next)), segment, kept_end_);
    }
    net::co_spawn(co_await net::this_coro::executor, send(depot_, key_, sending_), net::detached);
    co_return Result<>{};
}

net::awaitable<void> S3Writer::send(Depot& depot, BlobKey key, std::shared_ptr<Sending> sending)
{
    sending->outcome = co_await store(depot, key, *sending);
    sending->is_done = true;
    sending->done.give();
}

Task<> S3Writer::store(Depot& depot, BlobKey key, Sending& sending)
{
    auto const name = depot.names.of(key, sending.segment.object);
    auto stored = co_await depot.objects.put(name, sending.buffer.bytes(), sending.buffer.digest());
    auto const appended = stored ? co_await depot.segments.append_segment(key, sending.segment) : stored;
    // Only where it is sure not to be listed: a commit whose answer got lost may have happened.
    if (!appended && appended.error().code == Errc::upload_busy) {
        CO_TRY(co_await erase_segments(depot, key, {sending.segment}));
    } else if (!appended) {
        // What failed may have been done all the same; then the object is there, and perhaps nothing else names it.
        depot.strays.add(key, {name});
    }
    CO_TRY(appended);
    sending.kept_end->store(sending.segment.end().value);
    co_return Result<>{};
}

/// Waits for the segment on its way, if there is one.
Task<> S3Writer::settle()
{
    CO_TRY(check());
    if (!sending_)
        co_return Result<>{};
    for (auto seen = sending_->done.count(); !sending_->is_done; seen = sending_->done.count())
        co_await sending_->done.wait(seen, Milliseconds{1'000});
    auto const sent = std::exchange(sending_, nullptr);
    if (sent->outcome) {
        layout_.push_back(sent->segment);
    } else {
        auto const lock = std::scoped_lock{mutex_};
        health_ = sent->outcome;
    }
    co_return sent->outcome;
}

Task<> S3Writer::flush()
{
    auto const turn = co_await take_turn();
    co_return co_await send_rest();
}

Task<> S3Writer::send_rest()
{
    CO_TRY(co_await start_sending());
    co_return co_await settle();
}

Task<> S3Writer::truncate(ByteOffset size)
{
    auto const turn = co_await take_turn();
    CO_TRY(co_await settle());
    {
        auto const lock = std::scoped_lock{mutex_};
        if (size >= buffer_.end())
            co_return Result<>{};
        if (size >= buffer_.at()) {
            buffer_.cut(size);
            co_return Result<>{};
        }
    }
    CO_TRY(co_await depot_.segments.cut_segments(key_, end_of(layout_), size));
    restart_at(size);
    auto dropped = Layout{};
    while (!layout_.empty() && layout_.back().at >= size) {
        dropped.push_back(layout_.back());
        layout_.pop_back();
    }
    if (!layout_.empty())
        layout_.back().size = std::min(layout_.back().size, size - layout_.back().at);
    co_return co_await erase_segments(depot_, key_, std::move(dropped));
}

/// Nothing waits to be stored any more, and the next byte comes at `end`.
void S3Writer::restart_at(ByteOffset end)
{
    auto const lock = std::scoped_lock{mutex_};
    buffer_ = Buffer{end};
    kept_end_->store(end.value);
}

Task<> S3Writer::seal(bool)
{
    auto const turn = co_await take_turn();
    CO_TRY(co_await settle());
    if (is_whole(layout_) && buffer_.is_empty())
        co_return Result<>{};
    // Even what is small goes by the list: of two nodes that were given other bytes for one upload, one gets in there.
    CO_TRY(co_await send_rest());
    co_return co_await compose_whole();
}

/// Another node that took the upload over has written what this one doesn't know of.
Task<> S3Writer::check_list()
{
    CO_TRY(auto const now, co_await depot_.segments.find_segments(key_));
    if (now != layout_)
        co_return fail(Errc::upload_busy, "another node writes the blob");
    co_return Result<>{};
}

Task<> S3Writer::compose_whole()
{
    CO_TRY(co_await check_list());
    auto const name = depot_.names.of(key_);
    if (layout_.empty())
        co_return co_await depot_.objects.put(name, {});
    auto const whole = Segment{{}, end_of(layout_) - ByteOffset{}, kWhole};
    CO_TRY(auto ranges, ranges_of(depot_, key_, layout_, {}, whole.size));
    CO_TRY(as_busy(co_await compose(depot_, name, std::move(ranges))));
    // First the list: a reader that misses a segment looks there again.
    CO_TRY(co_await depot_.segments.replace_segments(key_, layout_, whole));
    co_return co_await erase_segments(depot_, key_, std::exchange(layout_, {whole}));
}

Result<> S3Writer::read_blocking(ByteOffset at, MutableBytes out)
{
    return run_blocking(read(at, out));
}

Task<> S3Writer::read(ByteOffset at, MutableBytes out)
{
    if (kept_end() < at + ByteCount{out.size()}) {
        CO_TRY(co_await flush());
    }
    CO_TRY(auto ranges, ranges_of(depot_, key_, layout_, at, ByteCount{out.size()}));
    co_return as_busy(co_await read_from(depot_, std::move(ranges), out));
}

}  // namespace fleeting::s3
