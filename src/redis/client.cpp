#include "redis/client.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting::redis {
namespace {

// Back within a second: an attempt that hangs and the pause behind it together are shorter.
constexpr auto kOpenPatience = Milliseconds{500};
constexpr auto kPause = Milliseconds{100};
constexpr auto kBeat = Milliseconds{500};
constexpr auto kPing = Milliseconds{400};
// A listener has an answer to each PING, so silence is a server that hangs.
constexpr auto kSilence = Milliseconds{1'000};
// Commands that hang are given up sooner by who waits; their replies still clear the suspicion when they come after all.
constexpr auto kHang = Milliseconds{2'000};
constexpr auto kMostQueued = std::size_t{10'000};

constexpr auto kToTuple = net::as_tuple(net::use_awaitable);

std::unexpected<Error> away()
{
    return fail(Errc::unavailable, "redis is away");
}

}  // namespace

struct Client::Waiter {
    explicit Waiter(net::io_context& context) : timer(context) {}
    net::steady_timer timer;
    std::optional<Reply> reply;
    bool is_lost = false;  ///< the connection broke first
};

struct Client::Pipe {
    std::unique_ptr<Connection> connection;
    std::deque<std::shared_ptr<Waiter>> waiters;  ///< one for each command sent, in order
    std::string outgoing;
    bool is_sending = false;

    void give_up()
    {
        connection->cut();
        for (auto const& waiter : waiters) {
            if (!waiter)
                continue;
            waiter->is_lost = true;
            waiter->timer.cancel();
        }
        waiters.clear();
    }
};

Client::Client(Address address, Listener listener) : address_(std::move(address)), listener_(std::move(listener)) {}

Client::~Client()
{
    stop();
}

void Client::start()
{
    net::co_spawn(context_, run_commands(), net::detached);
    net::co_spawn(context_, run_listener(), net::detached);
    net::co_spawn(context_, beat(), net::detached);
    thread_ = std::thread{[this] { context_.run(); }};
}

void Client::stop()
{
    if (!thread_.joinable())
        return;
    net::post(context_, [this] {
        is_stopping_ = true;
        if (pipe_)
            pipe_->give_up();
        if (listening_)
            listening_->cut();
        for (auto* const timer : {&command_pause_, &listener_pause_, &next_beat_})
            timer->cancel();
    });
    thread_.join();
}

void Client::publish(std::string message)
{
    if (!is_answering()) {
        ++stats_.dropped;
        return;
    }
    net::post(context_, [this, message = std::move(message)] {
        auto const is_sent = enqueue(to_command({"PUBLISH", listener_.channel, message}), nullptr);
        ++(is_sent ? stats_.published : stats_.dropped);
    });
}

Task<Reply> Client::call(std::vector<std::string> words, Milliseconds patience)
{
    if (!is_answering()) {
        ++stats_.unanswered;
        co_return away();
    }
    auto asking = ask(to_command(words), patience);
    co_return co_await net::co_spawn(context_, std::move(asking), net::use_awaitable);
}

Task<Reply> Client::ask(std::string command, Milliseconds patience)
{
    auto const waiter = std::make_shared<Waiter>(context_);
    waiter->timer.expires_after(patience);
    if (enqueue(std::move(command), waiter))
        co_await waiter->timer.async_wait(kToTuple);
    if (waiter->reply)
        co_return *std::move(waiter->reply);
    is_suspect_ = is_suspect_ || !waiter->is_lost;
    ++stats_.unanswered;
    co_return away();
}

bool Client::enqueue(std::string command, std::shared_ptr<Waiter> waiter)
{
    if (!pipe_ || pipe_->waiters.size() >= kMostQueued)
        return false;
    pipe_->waiters.push_back(std::move(waiter));
    pipe_->outgoing += command;
    if (!std::exchange(pipe_->is_sending, true))
        net::co_spawn(context_, send_queued(pipe_), net::detached);
    return true;
}

net::awaitable<void> Client::send_queued(std::shared_ptr<Pipe> pipe)
{
    while (!pipe->outgoing.empty()) {
        auto bytes = std::exchange(pipe->outgoing, {});
        if (!co_await pipe->connection->send(std::move(bytes)))
            break;  // the receiver finds out as well
    }
    pipe->is_sending = false;
}

net::awaitable<void> Client::run_commands()
{
    while (!is_stopping_) {
        auto opened = co_await Connection::open(context_, address_, kOpenPatience);
        if (opened && !is_stopping_) {
            auto const pipe = pipe_ = std::make_shared<Pipe>(*std::move(opened));
            is_suspect_ = false;
            is_up_ = true;
            ++stats_.connects;
            note_back();
            co_await receive_replies(*pipe);
            is_up_ = false;
            pipe_.reset();
            pipe->give_up();
        } else if (!opened) {
            note_away(opened.error());
        }
        if (is_stopping_)
            break;
        command_pause_.expires_after(kPause);
        co_await command_pause_.async_wait(kToTuple);
    }
}

net::awaitable<void> Client::receive_replies(Pipe& pipe)
{
    while (!is_stopping_) {
        auto reply = co_await pipe.connection->receive(kHang);
        if (!reply || pipe.waiters.empty()) {
            note_away(reply ? Error{Errc::unavailable, "redis: a reply to nothing", {}, 0} : reply.error());
            co_return;
        }
        is_suspect_ = false;
        auto const waiter = std::move(pipe.waiters.front());
        pipe.waiters.pop_front();
        if (!waiter)
            continue;
        waiter->reply = *std::move(reply);
        waiter->timer.cancel();
    }
}

net::awaitable<void> Client::run_listener()
{
    while (!is_stopping_) {
        auto opened = co_await Connection::open(context_, address_, kOpenPatience);
        if (opened && !is_stopping_) {
            listening_ = *std::move(opened);
            if (auto const ended = co_await listen(listening_); !ended)
                log::debug("redis_listener_lost", ended.error().detail);
            is_listening_ = false;
            listening_->cut();
            listening_.reset();
        }
        if (is_stopping_)
            break;
        listener_pause_.expires_after(kPause);
        co_await listener_pause_.async_wait(kToTuple);
    }
}

Task<> Client::listen(std::shared_ptr<Connection> const& connection)
{
    CO_TRY(co_await connection->send(to_command({"SUBSCRIBE", listener_.channel})));
    net::co_spawn(context_, keep_asking(connection, context_), net::detached);
    while (!is_stopping_) {
        CO_TRY(auto reply, co_await connection->receive(kSilence));
        if (reply.is_error())
            co_return fail(Errc::unavailable, "redis: " + reply.text);
        take(std::move(reply));
    }
    co_return Result<>{};
}

void Client::take(Reply reply)
{
    auto const is_of_three = reply.kind == Reply::Kind::array && reply.items.size() == 3;
    if (is_of_three && reply.items[0].text == "subscribe")
        is_listening_ = true;
    if (!is_of_three || reply.items[0].text != "message")
        return;
    ++stats_.received;
    listener_.on_message(std::move(reply.items[2].text));
}

net::awaitable<void> Client::keep_asking(std::weak_ptr<Connection> connection, net::io_context& context)
{
    auto timer = net::steady_timer{context};
    while (auto const here = connection.lock()) {
        if (!co_await here->send(to_command({"PING"})))
            co_return;
        timer.expires_after(kPing);
        co_await timer.async_wait(kToTuple);
    }
}

net::awaitable<void> Client::beat()
{
    while (!is_stopping_) {
        listener_.on_beat();
        // An idle connection must be known to be good too. Its answer is waited for by who comes next.
        if (pipe_ && pipe_->waiters.empty())
            net::co_spawn(context_, ask(to_command({"PING"}), kBeat), net::detached);
        next_beat_.expires_after(kBeat);
        co_await next_beat_.async_wait(kToTuple);
    }
}

void Client::note_away(Error const& error)
{
    if (!is_stopping_ && !std::exchange(is_away_told_, true))
        log::warning("redis_away", error.detail + ": limits are this node's own, events come by looking at the rooms");
}

void Client::note_back()
{
    if (std::exchange(is_away_told_, false))
        log::info("redis_back");
}

}  // namespace fleeting::redis
