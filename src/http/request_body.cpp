#include "http/request_body.hpp"

#include "http/counters.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace fleeting::http {
namespace {

constexpr auto kRawBytes = std::size_t{16} << 10;
constexpr auto kWorthDraining = std::uint64_t{64} << 10;
constexpr auto kTurnsBeforeYield = 64U;

}  // namespace

RequestBody::RequestBody(Connection& connection, RequestHead const& head, std::string_view leftover)
    : connection_(connection), leftover_(leftover), is_chunked_(head.is_chunked), expects_continue_(head.expects_continue),
      length_(head.content_length)
{
}

std::optional<ByteCount> RequestBody::length() const
{
    return is_chunked_ ? std::nullopt : std::optional{ByteCount{length_}};
}

/// A client that is told that its body was cut short believes that to be its own fault, and may give up.
Error RequestBody::cut() const
{
    auto const& request = connection_.request_;
    auto const is_over =
        request != nullptr && request->cutoff() && request->cutoff()->has_passed(connection_.context_.clock.now());
    return Error{is_over || connection_.is_finishing_ ? Errc::cancelled : Errc::body_truncated, "the body stopped", {}, 0};
}

Task<bool> RequestBody::ready()
{
    if (is_finished())
        co_return false;
    // What lies ready in a TLS record, or came with the head, needs no wait: whoever sends fast must still let others have a
    // turn.
    if (++turns_ % kTurnsBeforeYield == 0)
        co_await net::post(connection_.transport_->executor(), net::use_awaitable);
    if (connection_.is_aborted_)
        co_return fail(cut());
    if (is_chunked_)
        co_return co_await ready_chunked();
    if (leftover_used_ < leftover_.size() || connection_.transport_->has_pending())
        co_return true;
    CO_TRY(co_await wait());
    co_return true;
}

std::chrono::steady_clock::time_point RequestBody::patience_ends()
{
    // Each byte buys the time it takes at the minimum rate, up to the grace: a body may be slow, but neither for ever nor, after
    // a fast beginning, silent for long.
    auto const& settings = connection_.context_.settings;
    auto const longest = std::chrono::steady_clock::now() + settings.body_grace;
    auto const rate = std::max<std::uint64_t>(settings.body_min_rate.value, 1);
    auto const bought = Milliseconds{(received_ - paid_).value * 1000 / rate};
    // Only whole milliseconds are bought: what is left over of small pieces adds up. What they cost is rounded up to a byte, or a
    // byte would buy its time twice.
    paid_ = paid_ + ByteCount{(static_cast<std::uint64_t>(bought.count()) * rate + 999) / 1000};
    patience_ends_ = patience_ends_ ? std::min(*patience_ends_ + bought, longest) : longest;
    return *patience_ends_;
}

Task<> RequestBody::wait()
{
    if (expects_continue_) {
        expects_continue_ = false;
        constexpr auto kContinue = std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"};
        if (!co_await connection_.write_all(std::as_bytes(std::span{kContinue}), false))
            co_return fail(cut());
    }
    connection_.phase_ = Connection::Phase::body;
    connection_.deadline_ = patience_ends();
    auto const is_readable =
        !connection_.is_aborted_ && co_await connection_.transport_->wait_readable() && !connection_.is_aborted_;
    connection_.phase_ = Connection::Phase::handling;
    connection_.wait_forever();
    if (!is_readable)
        co_return fail(cut());
    co_return Result<>{};
}

Result<std::size_t> RequestBody::take(MutableBytes into)
{
    if (is_finished() || into.empty())
        return 0UZ;
    if (is_chunked_)
        return take_chunked(into);
    into = into.first(std::min<std::uint64_t>(into.size(), length_ - received_.value));
    auto count = std::min(into.size(), leftover_.size() - leftover_used_);
    if (count > 0) {
        std::memcpy(into.data(), leftover_.data() + leftover_used_, count);
        leftover_used_ += count;
    }
    while (count < into.size()) {
        auto const read = connection_.transport_->read_now(into.subspan(count));
        if (read.io == Io::closed && count == 0)
            return fail(Errc::body_truncated, "the peer closed in the middle of a body");
        if (read.io != Io::done)
            break;
        count += read.count;
    }
    received_ = received_ + ByteCount{count};
    connection_.context_.counters.bytes_in.fetch_add(count, std::memory_order_relaxed);
    return count;
}

std::string_view RequestBody::raw() const
{
    if (leftover_used_ < leftover_.size())
        return leftover_.substr(leftover_used_);
    return {reinterpret_cast<char const*>(raw_.data()) + raw_begin_, raw_end_ - raw_begin_};
}

void RequestBody::use_raw(std::size_t count)
{
    if (leftover_used_ < leftover_.size())
        leftover_used_ += count;
    else
        raw_begin_ += count;
}

Result<> RequestBody::fill_raw()
{
    raw_.resize(kRawBytes);
    raw_begin_ = raw_end_ = 0;
    auto const read = connection_.transport_->read_now(raw_);
    if (read.io == Io::closed)
        return fail(Errc::body_truncated, "the peer closed in the middle of a body");
    raw_end_ = read.count;
    return {};
}

Task<bool> RequestBody::ready_chunked()
{
    while (true) {
        if (framing_.data_left() > 0 && !raw().empty())
            co_return true;
        auto used = std::size_t{0};
        auto const state = framing_.data_left() > 0 ? ChunkedFraming::State::more : framing_.advance(raw(), used);
        use_raw(used);
        if (state == ChunkedFraming::State::malformed)
            co_return fail(Errc::body_truncated, "malformed chunk");
        is_done_ = state == ChunkedFraming::State::done;
        if (is_done_)
            co_return false;
        if (!raw().empty())
            continue;
        if (!connection_.transport_->has_pending()) {
            CO_TRY(co_await wait());
        }
        CO_TRY(fill_raw());
    }
}

Result<std::size_t> RequestBody::take_chunked(MutableBytes into)
{
    auto const bytes = raw();
    auto const count = std::min<std::uint64_t>({into.size(), bytes.size(), framing_.data_left()});
    std::memcpy(into.data(), bytes.data(), count);
    use_raw(count);
    framing_.took(count);
    received_ = received_ + ByteCount{count};
    connection_.context_.counters.bytes_in.fetch_add(count, std::memory_order_relaxed);
    return count;
}

bool RequestBody::is_worth_draining() const
{
    return !is_chunked_ && !expects_continue_ && length_ - received_.value <= kWorthDraining;
}

net::awaitable<bool> RequestBody::drain()
{
    while (!is_finished()) {
        if (auto const more = co_await ready(); !more || !*more)
            co_return false;
        if (!take(thread_scratch()))
            co_return false;
    }
    co_return is_clean();
}

}  // namespace fleeting::http
