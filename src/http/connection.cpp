#include "http/connection.hpp"

#include "base/log.hpp"
#include "http/counters.hpp"
#include "http/proxies.hpp"
#include "http/request_body.hpp"
#include "http/text.hpp"

#include <boost/asio/post.hpp>
#include <cstring>
#include <exception>

namespace fleeting::http {
namespace {

// Holds nearly every head; one buffer a connection, also while it is idle.
constexpr auto kUsualBuffer = std::size_t{4} << 10;
// As long as a peer that still sends gets to take an early answer. Many look for one only when all is sent.
constexpr auto kLinger = Milliseconds{2'000};
// What a client that has connected to a server which is about to stop gets for its request to arrive.
constexpr auto kFirstRequest = Milliseconds{1'000};
// How long after its room's end an answer may still be on its way; with two ticks less than the second that is promised.
constexpr auto kFarewell = Milliseconds{400};

}  // namespace

/// What a canceller on another thread holds: it finds the connection only on the connection's own thread, and only while it
/// still handles the same request.
struct Connection::Handle {
    Handle(Connection* owner, net::any_io_executor executor) : connection(owner), home(std::move(executor)) {}
    Connection* connection;
    net::any_io_executor home;
};

Connection::Connection(ConnectionContext context, std::unique_ptr<Transport> transport, net::ip::address peer)
    : context_(context), transport_(std::move(transport)), peer_(std::move(peer))
{
    context_.counters.connections_open.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection()
{
    forget_handle();
    context_.counters.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

net::awaitable<void> Connection::run()
{
    try {
        auto goes_on = lasting_ || co_await begin();
        while (goes_on && !is_parked_)
            goes_on = lasting_ ? co_await take_turn() : may_serve() && co_await serve_one();
    } catch (std::exception const& e) {
        log::error("connection_failed", e.what());
    }
}

net::awaitable<bool> Connection::begin()
{
    wait_at_most(context_.settings.header_timeout);
    co_return co_await transport_->handshake();
}

void Connection::tick(std::chrono::steady_clock::time_point now, Instant wall_now, bool looks_at_peer)
{
    auto const is_cut = is_overtaken(now, wall_now);
    if (is_cut)
        transport_->drop_unsent();
    if (is_cut || now >= deadline_)
        abort();
    else if (is_parked_ && is_turn(now, wall_now, looks_at_peer))
        wake();
}

/// Whether what is sent, or who it is sent to, has been turned away since it began.
bool Connection::is_turned_away(Instant wall_now)
{
    if (response_cutoff_ && response_cutoff_->has_passed(wall_now))
        return request_ != nullptr || transport_->has_unsent();
    if (request_ != nullptr)
        return context_.router.is_barred(request_->peer);
    return lasting_ && context_.router.is_barred(lasting_->client);
}

bool Connection::is_overtaken(std::chrono::steady_clock::time_point now, Instant wall_now)
{
    if (is_turned_away(wall_now))
        return true;
    auto const& cutoff = request_ != nullptr ? request_->cutoff() : answered_cutoff_;
    if (!cutoff || !cutoff->has_passed(wall_now))
        return false;
    if (request_ != nullptr && !request_->ends_itself())
        return true;
    // All has been said, or soon will be: it may still arrive. Who doesn't take it in that time gets no more of it.
    if (!farewell_ends_)
        farewell_ends_ = now + kFarewell;
    return now >= *farewell_ends_ && transport_->has_unsent();
}

void Connection::abort()
{
    is_aborted_ = true;
    transport_->cancel();
    if (is_parked_)
        wake();
}

void Connection::finish()
{
    is_finishing_ = true;
    if (is_parked_)
        wake();
    if (phase_ != Phase::idle)
        return;
    if (has_answered_)
        abort();
    else
        wait_at_most(kFirstRequest);
}

void Connection::grow_buffer()
{
    auto const larger = capacity_ == 0 ? kUsualBuffer : kMaxHeadBytes;
    auto grown = std::make_unique_for_overwrite<char[]>(larger);
    if (filled_ > 0)
        std::memcpy(grown.get(), buffer_.get(), filled_);
    buffer_ = std::move(grown);
    capacity_ = larger;
}

MutableBytes Connection::space()
{
    if (capacity_ == filled_)
        grow_buffer();
    return std::as_writable_bytes(std::span{buffer_.get() + filled_, capacity_ - filled_});
}

bool Connection::took(IoResult read)
{
    filled_ += read.count;
    return read.io == Io::done && !is_aborted_;
}

net::awaitable<std::optional<std::size_t>> Connection::read_head()
{
    phase_ = filled_ == 0 ? Phase::idle : Phase::head;
    wait_at_most(phase_ == Phase::idle ? context_.settings.keep_alive_timeout : context_.settings.header_timeout);
    auto looked_at = std::size_t{0};
    while (true) {
        auto const scan = find_head_end({buffer_.get(), filled_}, looked_at);
        if (scan.end == HeadEnd::complete)
            co_return scan.size;
        looked_at = filled_;
        if (scan.end == HeadEnd::malformed || filled_ >= kMaxHeadBytes) {
            co_await refuse(scan.end == HeadEnd::malformed ? Refusal{400, "line ending"} : Refusal{431, "head too large"});
            co_return std::nullopt;
        }
        if (!took(co_await transport_->read(space())))
            co_return std::nullopt;
        if (phase_ == Phase::idle) {
            phase_ = Phase::head;
            wait_at_most(context_.settings.header_timeout);
        }
    }
}

net::awaitable<bool> Connection::serve_one()
{
    auto const size = co_await read_head();
    if (!size)
        co_return false;
    auto head = parse_head({buffer_.get(), *size});
    if (!head)
        co_return co_await refuse(head.error());
    co_return co_await answer(std::move(*head), *size);
}

net::awaitable<bool> Connection::refuse(Refusal refusal)
{
    log::debug("request_refused", refusal.reason);
    auto unread = Request{};
    apply_proxy(unread, peer_, context_.settings);
    auto response =
        problem_response({refusal.status, refusal.status == 501 ? "not_implemented" : "invalid_request",
                          "This request isn't valid HTTP/1.1 as this server reads it.", std::string{refusal.field}, 0});
    context_.router.finish(unread, response);
    co_await respond(std::move(response), ReplyForm{});
    co_await linger();
    co_return false;
}

Result<> Connection::read_request(Request& request, RequestHead&& head)
{
    request.method = head.method;
    request.target = head.target;
    request.host = head.host;
    request.headers = std::move(head.headers);
    apply_proxy(request, peer_, context_.settings);
    return parse_path(request, head.path, head.query, context_.settings.base_path);
}

net::awaitable<bool> Connection::answer(RequestHead head, std::size_t head_size)
{
    context_.counters.requests.fetch_add(1, std::memory_order_relaxed);
    auto body = RequestBody{*this, head, {buffer_.get() + head_size, filled_ - head_size}};
    auto reply = ReplyForm{head.method == Method::head, head.is_http_1_1, head.keep_alive};
    auto request = Request{};
    auto const parsed = read_request(request, std::move(head));
    request.attach(body, *this);
    phase_ = Phase::handling;
    wait_forever();
    takes_interim_ = reply.is_http_1_1;
    farewell_ends_.reset();
    response_cutoff_.reset();
    request_ = &request;
    auto response = parsed ? co_await context_.router.answer(request) : context_.router.refuse(request, parsed.error());
    reply.keep_alive = reply.keep_alive && !response.close && !is_finishing_ && (body.is_finished() || body.is_worth_draining());
    response_cutoff_ = response.cutoff;
    auto const stays = co_await respond(std::move(response), reply);
    has_answered_ = true;
    request_ = nullptr;
    answered_cutoff_ = request.cutoff();
    forget_handle();
    if (lasting_) {
        keep_only_lasting(request.peer, !body.is_finished(), head_size + body.leftover_used());
        co_return true;
    }
    co_return co_await settle(body, stays, head_size);
}

net::awaitable<bool> Connection::settle(RequestBody& body, bool keep_alive, std::size_t head_size)
{
    if (!keep_alive || !(body.is_clean() || co_await body.drain())) {
        if (!body.is_finished())
            co_await linger();
        co_return false;
    }
    drop_read(head_size + body.leftover_used());
    co_return true;
}

void Connection::drop_read(std::size_t used)
{
    std::memmove(buffer_.get(), buffer_.get() + used, filled_ - used);
    filled_ -= used;
}

std::function<void()> Connection::canceller()
{
    return [handle = handle()] {
        net::post(handle->home, [handle] {
            if (handle->connection != nullptr)
                handle->connection->abort();
        });
    };
}

std::function<void()> Connection::waker()
{
    return [handle = handle()] {
        net::post(handle->home, [handle] {
            if (handle->connection != nullptr)
                handle->connection->wake();
        });
    };
}

std::shared_ptr<Connection::Handle> const& Connection::handle()
{
    if (!handle_)
        handle_ = std::make_shared<Handle>(this, transport_->executor());
    return handle_;
}

void Connection::forget_handle()
{
    if (handle_)
        std::exchange(handle_, nullptr)->connection = nullptr;
}

net::awaitable<void> Connection::linger()
{
    // Closing with unread bytes makes the kernel reset the connection, and the peer may never see the answer.
    transport_->shut_down_send();
    wait_at_most(kLinger);
    while (!is_aborted_ && co_await transport_->wait_readable())
        if (transport_->read_now(thread_scratch()).io == Io::closed)
            break;
}

}  // namespace fleeting::http
