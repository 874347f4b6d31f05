#pragma once

#include "async/task.hpp"
#include "base/units.hpp"
#include "redis/address.hpp"
#include "redis/connection.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace fleeting::redis {

/// What is heard on the one channel. Called on the client's thread.
struct Listener {
    std::string channel;
    std::function<void(std::string message)> on_message;
    std::function<void()> on_beat;  ///< every half a second, whether Redis is there or not
};

struct ClientStats {
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> dropped{0};  ///< published while Redis was away, or faster than it takes them
    std::atomic<std::uint64_t> received{0};
    std::atomic<std::uint64_t> unanswered{0};  ///< calls that Redis didn't answer in time, or wasn't there for
};

/// One Redis server from a node's side: a thread with one connection for commands, which are pipelined, and one that listens.
/// Both are opened again until they are there. A server that is away or hangs costs a caller one short wait, the next ones
/// nothing. Thread-safe.
class Client {
public:
    Client(Address address, Listener listener);
    ~Client();

    /// Connects, and goes on doing so.
    void start();
    /// Nothing may be asked after it, and nothing is heard. Idempotent.
    void stop();

    /// Sends and forgets; lost while Redis is away.
    void publish(std::string message);
    /// errors    unavailable: away, hanging, or no answer within `patience`
    Task<Reply> call(std::vector<std::string> words, Milliseconds patience);
    /// Answers, and tells what others publish, as far as this side knows.
    [[nodiscard]] bool is_connected() const { return is_listening_ && is_answering(); }
    [[nodiscard]] ClientStats const& stats() const { return stats_; }

private:
    /// Somebody who waits for a reply; nobody, where the reply is of no interest.
    struct Waiter;
    /// A connection for commands with what was sent over it.
    struct Pipe;

    [[nodiscard]] bool is_answering() const { return is_up_ && !is_suspect_; }
    net::awaitable<void> run_commands();
    net::awaitable<void> receive_replies(Pipe& pipe);
    net::awaitable<void> run_listener();
    Task<> listen(std::shared_ptr<Connection> const& connection);
    void take(Reply reply);
    net::awaitable<void> beat();
    Task<Reply> ask(std::string command, Milliseconds patience);
    bool enqueue(std::string command, std::shared_ptr<Waiter> waiter);
    static net::awaitable<void> send_queued(std::shared_ptr<Pipe> pipe);
    static net::awaitable<void> keep_asking(std::weak_ptr<Connection> connection, net::io_context& context);
    void note_away(Error const& error);
    void note_back();

    net::io_context context_{1};
    Address address_;
    Listener listener_;
    ClientStats stats_;
    std::atomic<bool> is_up_{false};
    std::atomic<bool> is_listening_{false};
    std::atomic<bool> is_suspect_{false};  ///< a call wasn't answered in time, and nothing has been since
    // The thread's own:
    std::shared_ptr<Pipe> pipe_;
    std::shared_ptr<Connection> listening_;
    net::steady_timer command_pause_{context_};
    net::steady_timer listener_pause_{context_};
    net::steady_timer next_beat_{context_};
    bool is_away_told_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace fleeting::redis
