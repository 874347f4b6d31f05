// The sending half of a connection.

#include "http/connection.hpp"
#include "http/counters.hpp"
#include "http/date.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <unistd.h>

namespace fleeting::http {
namespace {

// A turn of sendfile(2): large enough to be cheap, small enough that one download doesn't starve the thread's others.
constexpr auto kFileTurn = std::uint64_t{2} << 20;
constexpr auto kTurnsBeforeYield = 8;
// Up to here one copy costs less than sendfile(2), and head and file go in one segment.
constexpr auto kSmallFile = std::uint64_t{16} << 10;
// Up to here a chunk goes with its frame in one call.
constexpr auto kSmallChunk = std::size_t{4} << 10;
constexpr auto kChunkFrame = std::size_t{16};
constexpr auto kUsualHead = std::size_t{1000};

std::string_view reason_of(int status)
{
    switch (status) {
    case 104: return "Upload Resumption Supported";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 423: return "Locked";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 460: return "Checksum Mismatch";  // tus 1.0.0, Checksum
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 507: return "Insufficient Storage";
    default: return "Status";  // clients ignore it (RFC 9112 §4)
    }
}

void append_number(std::string& out, std::uint64_t value, int base = 10)
{
    auto digits = std::array<char, 24>{};
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
    out.append(digits.data(), end);
}

std::optional<std::uint64_t> length_of(Body const& body)
{
    struct Length {
        std::optional<std::uint64_t> operator()(std::monostate) const { return 0; }
        std::optional<std::uint64_t> operator()(std::string const& text) const { return text.size(); }
        std::optional<std::uint64_t> operator()(StaticBody const& fixed) const { return fixed.bytes.size(); }
        std::optional<std::uint64_t> operator()(FileBody const& file) const { return file.count.value; }
        std::optional<std::uint64_t> operator()(StreamBody const& stream) const
        {
            return stream.length ? std::optional{stream.length->value} : std::nullopt;
        }
        std::optional<std::uint64_t> operator()(std::unique_ptr<LastingBody> const&) const { return std::nullopt; }
    };
    return std::visit(Length{}, body);
}

bool may_have_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

}  // namespace

void Connection::append_status_and_fields(int status, ResponseHeaders const& headers)
{
    out_.clear();
    out_.reserve(kUsualHead);
    out_ += "HTTP/1.1 ";
    append_number(out_, static_cast<std::uint64_t>(status));
    ((out_ += ' ') += reason_of(status)) += "\r\nDate: ";
    out_ += date_now();
    for (auto index = std::size_t{0}; index < headers.size(); ++index) {
        auto const [name, value] = headers.at(index);
        (((out_ += "\r\n") += name) += ": ") += value;
    }
}

void Connection::append_head(Response const& response, ReplyForm reply)
{
    append_status_and_fields(response.status, response.headers);
    auto const length = length_of(response.body);
    writes_chunks_ = !length && reply.is_http_1_1;
    if (length && may_have_body(response.status))
        append_number(out_ += "\r\nContent-Length: ", *length);
    if (writes_chunks_)
        out_ += "\r\nTransfer-Encoding: chunked";
    if (!reply.keep_alive)
        out_ += "\r\nConnection: close";
    out_ += "\r\n\r\n";
}

net::awaitable<void> Connection::send_interim(int status, ResponseHeaders headers)
{
    if (!takes_interim_)
        co_return;
    append_status_and_fields(status, headers);
    out_ += "\r\n\r\n";
    co_await write_all(bytes_of(out_), false);
}

net::awaitable<bool> Connection::respond(Response response, ReplyForm reply)
{
    // Without a length an HTTP/1.0 client can only tell the end by the close.
    reply.keep_alive = reply.keep_alive && (reply.is_http_1_1 || length_of(response.body));
    append_head(response, reply);
    auto const has_body = !reply.is_head && may_have_body(response.status) && length_of(response.body) != 0;
    auto* const text = std::get_if<std::string>(&response.body);
    if (text != nullptr && has_body)
        out_ += std::exchange(*text, {});  // whoever takes it slowly holds it once
    auto const* const file = std::get_if<FileBody>(&response.body);
    auto const is_small_file = file != nullptr && has_body && file->count.value <= kSmallFile;
    auto const follows = has_body && !is_small_file && text == nullptr;
    auto* const lasting = std::get_if<std::unique_ptr<LastingBody>>(&response.body);
    auto const is_stream = lasting != nullptr || std::holds_alternative<StreamBody>(response.body);
    phase_ = Phase::writing;
    auto const more = follows && !is_stream;
    auto const rest = is_small_file ? send_small_file(*file) : write_at_once(bytes_of(out_), more);
    if (!rest || (!rest->empty() && !co_await write_all(*rest, more)))
        co_return false;
    if (follows && lasting != nullptr)
        begin_lasting(std::move(*lasting), reply.keep_alive);
    else if (follows && !co_await send_body(response))
        co_return false;
    if (response.on_sent && !reply.is_head && !lasting_)
        response.on_sent(transport_->executor());
    co_return reply.keep_alive;
}

net::awaitable<bool> Connection::send_body(Response& response)
{
    if (auto const* fixed = std::get_if<StaticBody>(&response.body))
        co_return co_await write_all(fixed->bytes, false);
    if (auto const* file = std::get_if<FileBody>(&response.body))
        co_return (co_await send_part(file->descriptor, file->from, file->count)).has_value();
    co_return co_await stream(std::get<StreamBody>(response.body));
}

/// What of head and file the socket didn't take, in `out_`; nothing where the connection is to be closed.
std::optional<Bytes> Connection::send_small_file(FileBody const& file)
{
    auto const all = thread_scratch().first(out_.size() + file.count.value);
    std::ranges::copy(bytes_of(out_), all.begin());
    auto const into = all.subspan(out_.size());
    auto const read = ::pread(file.descriptor, into.data(), into.size(), static_cast<off_t>(file.from.value));
    if (read != static_cast<ssize_t>(into.size())) {
        tell_unreadable(read);
        return std::nullopt;
    }
    auto const rest = write_at_once(all, false);
    if (!rest)
        return std::nullopt;
    // It must leave the scratch buffer before others of this thread use that.
    out_.assign(reinterpret_cast<char const*>(rest->data()), rest->size());
    return bytes_of(out_);
}

/// What the socket didn't take without waiting; nothing where the connection is to be closed. Most answers are gone with it, and
/// cost no coroutine.
std::optional<Bytes> Connection::write_at_once(Bytes bytes, bool more)
{
    auto const written = transport_->write_now(bytes, more);
    context_.counters.bytes_out.fetch_add(written.count, std::memory_order_relaxed);
    if (written.io == Io::closed || is_aborted_)
        return std::nullopt;
    return bytes.subspan(written.count);
}

net::awaitable<bool> Connection::stream(StreamBody& body)
{
    auto corked = std::optional<Corked>{};
    if (body.is_dense)
        corked.emplace(*transport_);
    auto const written = co_await body.write(*this);
    if (!written) {
        // Closing before the length, or without the last chunk, tells the peer that it isn't whole. Where neither is there a
        // plain close would say that it is.
        if (!body.length && !writes_chunks_)
            transport_->drop_unsent();
        co_return false;
    }
    co_return co_await end_chunks();
}

net::awaitable<bool> Connection::end_chunks()
{
    constexpr auto kLastChunk = std::string_view{"0\r\n\r\n"};
    co_return !writes_chunks_ || co_await write_all(bytes_of(kLastChunk), false);
}

net::awaitable<bool> Connection::write_all(Bytes bytes, bool more)
{
    while (!bytes.empty()) {
        auto const rest = write_at_once(bytes, more);
        if (!rest)
            co_return false;
        auto const is_stuck = rest->size() == bytes.size();
        bytes = *rest;
        if (!is_stuck)
            continue;
        wait_at_most(context_.settings.write_stall);
        auto const is_writable = co_await transport_->wait_writable();
        wait_forever();
        if (!is_writable || is_aborted_)
            co_return false;
    }
    co_return true;
}

Task<> Connection::write(Bytes bytes)
{
    if (bytes.empty())
        co_return Result<>{};
    if (writes_chunks_ && bytes.size() <= kSmallChunk)
        co_return co_await write_small_chunk(bytes);
    auto written = co_await begin_chunk(ByteCount{bytes.size()}) && co_await write_all(bytes, writes_chunks_);
    if (!written || !co_await end_chunk())
        co_return fail(Errc::body_truncated, "the peer is gone");
    co_return Result<>{};
}

Task<> Connection::write_small_chunk(Bytes bytes)
{
    // With its frame around it in one call: an event to ten thousand is ten thousand of these.
    auto const written = write_chunk_now(bytes);
    if (written.io == Io::closed || is_aborted_ || !co_await write_all(bytes_of(out_), false))
        co_return fail(Errc::body_truncated, "the peer is gone");
    co_return Result<>{};
}

/// Leaves in `out_` what the socket didn't take.
IoResult Connection::write_chunk_now(Bytes bytes)
{
    auto chunk = std::array<std::byte, kSmallChunk + kChunkFrame>{};
    auto line = std::string{};
    append_number(line, bytes.size(), 16);
    line += "\r\n";
    auto end = std::ranges::copy(bytes_of(line), chunk.begin()).out;
    end = std::ranges::copy(bytes, end).out;
    end = std::ranges::copy(bytes_of("\r\n"), end).out;
    auto const all = Bytes{chunk.begin(), end};
    auto const written = transport_->write_now(all, false);
    context_.counters.bytes_out.fetch_add(written.count, std::memory_order_relaxed);
    auto const rest = all.subspan(written.count);
    out_.assign(reinterpret_cast<char const*>(rest.data()), rest.size());
    return written;
}

net::awaitable<bool> Connection::begin_chunk(ByteCount size)
{
    if (!writes_chunks_)
        co_return true;
    auto line = std::string{};
    append_number(line, size.value, 16);
    line += "\r\n";
    co_return co_await write_all(bytes_of(line), true);
}

net::awaitable<bool> Connection::end_chunk()
{
    co_return !writes_chunks_ || co_await write_all(bytes_of("\r\n"), false);
}

Task<> Connection::send_file(int descriptor, ByteOffset from, ByteCount count)
{
    if (count == ByteCount{0})
        co_return Result<>{};
    if (!co_await begin_chunk(count))
        co_return fail(Errc::body_truncated, "the peer is gone");
    CO_TRY(co_await send_part(descriptor, from, count));
    if (!co_await end_chunk())
        co_return fail(Errc::body_truncated, "the peer is gone");
    co_return Result<>{};
}

Task<> Connection::send_part(int descriptor, ByteOffset from, ByteCount count)
{
    auto corked = std::optional<Corked>{};  // what goes in one turn is in full segments anyway
    if (count.value > kFileTurn)
        corked.emplace(*transport_);
    auto turns = 0;
    while (count.value > 0) {
        auto const sent = transport_->send_file_now(descriptor, from, std::min(count.value, kFileTurn));
        if (sent.io == Io::closed || is_aborted_)
            co_return fail(Errc::body_truncated, "the peer is gone");
        from = from + ByteCount{sent.count};
        count = count - ByteCount{sent.count};
        context_.counters.bytes_out.fetch_add(sent.count, std::memory_order_relaxed);
        if (sent.io == Io::would_block) {
            wait_at_most(context_.settings.write_stall);
            auto const is_writable = co_await transport_->wait_writable();
            wait_forever();
            if (!is_writable)
                co_return fail(Errc::body_truncated, "the peer stalled");
        } else if (++turns % kTurnsBeforeYield == 0) {
            co_await net::post(transport_->executor(), net::use_awaitable);
        }
    }
    co_return Result<>{};
}

bool Connection::is_peer_gone()
{
    return is_aborted_ || is_finishing_ || transport_->is_peer_gone();
}

}  // namespace fleeting::http
