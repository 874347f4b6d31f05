// A body that lasts: between its turns the connection is parked, without a coroutine, a request or a buffer.

#include "http/connection.hpp"

namespace fleeting::http {

void Connection::begin_lasting(std::unique_ptr<LastingBody> body, bool keep_alive)
{
    lasting_ = std::make_unique<Lasting>();
    lasting_->body = std::move(body);
    lasting_->keep_alive = keep_alive;
}

/// client   behind trusted proxies the forwarded address
/// used     bytes of the buffer that were of the request
void Connection::keep_only_lasting(net::ip::address client, bool has_unread, std::size_t used)
{
    lasting_->client = std::move(client);
    lasting_->has_unread = has_unread;
    lasting_->keep_alive = lasting_->keep_alive && !has_unread;
    drop_read(used);
    if (filled_ == 0) {
        buffer_.reset();
        capacity_ = 0;
    }
}

net::awaitable<bool> Connection::take_turn()
{
    is_woken_ = false;
    auto& body = *lasting_->body;
    auto const has_begun = std::exchange(lasting_->has_begun, true);
    auto const more = has_begun ? co_await body.take_turn(*this) : co_await body.begin(*this, waker());
    if (!more || !*more || is_aborted_)
        co_return co_await end_lasting(more.has_value() && !is_aborted_);
    lasting_->next_turn = body.next_turn();
    is_parked_ = !is_woken_ && !is_finishing_;
    std::string{}.swap(out_);
    co_return true;
}

net::awaitable<bool> Connection::end_lasting(bool is_whole)
{
    forget_handle();
    auto const ended = std::exchange(lasting_, nullptr);
    if (!is_whole) {
        if (!writes_chunks_)
            transport_->drop_unsent();
        co_return false;
    }
    if (!co_await end_chunks())
        co_return false;
    if (ended->has_unread)
        co_await linger();
    co_return ended->keep_alive;
}

/// Whether a parked body has something to do.
bool Connection::is_turn(std::chrono::steady_clock::time_point now, Instant wall_now, bool looks_at_peer)
{
    return now >= lasting_->next_turn || (answered_cutoff_ && answered_cutoff_->has_passed(wall_now)) ||
           (looks_at_peer && transport_->is_peer_gone());
}

void Connection::wake()
{
    is_woken_ = true;
    if (std::exchange(is_parked_, false))
        wake_();
}

}  // namespace fleeting::http
