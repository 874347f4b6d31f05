#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fleeting::s3 {

/// One request, as it goes on the wire. What `body` and `into` refer to lives until it is answered.
struct HttpRequest {
    std::string method;
    std::string url;
    std::vector<std::string> headers;  ///< `name: value`
    Bytes body;
    MutableBytes into;  ///< where the body of a 2xx goes; empty: into `HttpAnswer::text`
    Milliseconds connect{2'000};
    Milliseconds stall{5'000};   ///< without any byte, whole seconds
    Milliseconds total{60'000};  ///< from when it is asked
};

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string text;                            ///< at most 4 MiB
    ByteCount received;                          ///< into `into`

    [[nodiscard]] std::string header(std::string const& name) const
    {
        auto const found = headers.find(name);
        return found == headers.end() ? std::string{} : found->second;
    }
};

struct HttpStats {
    std::atomic<std::uint64_t> sent_bytes{0};
    std::atomic<std::uint64_t> received_bytes{0};
    std::atomic<std::uint64_t> waiting{0};  ///< asked for and not answered
};

/// HTTP/1.1 by libcurl on a thread of its own: connections kept alive, no redirects, no proxy, certificates checked. Thread-safe.
class HttpClient {
public:
    using Done = std::function<void(Result<HttpAnswer>)>;
    /// Called on the client's thread between transfers; returns how soon it wants to be called again.
    using Tick = std::function<Milliseconds()>;

    explicit HttpClient(std::string ca_file, Tick tick = {});
    ~HttpClient();
    HttpClient(HttpClient const&) = delete;
    HttpClient& operator=(HttpClient const&) = delete;

    /// Comes back on the caller's executor. errors: unavailable (no connection, a deadline, a body that was cut)
    Task<HttpAnswer> send(HttpRequest request);
    /// As `send`, answered on the client's thread.
    void start(HttpRequest request, Done done);
    /// Fails what is asked for and ends the thread; nothing may be asked after it. Idempotent.
    void stop();
    [[nodiscard]] HttpStats const& stats() const { return stats_; }

private:
    struct Transfer;
    struct Multi;

    void run();
    bool is_stopping();
    void begin_queued();
    void begin(std::unique_ptr<Transfer> transfer);
    void finish_answered();
    void fail_rest();

    std::string ca_file_;
    Tick tick_;
    HttpStats stats_;
    std::unique_ptr<Multi> multi_;
    std::mutex mutex_;
    std::deque<std::unique_ptr<Transfer>> queued_;       ///< guarded by mutex_
    bool is_stopping_ = false;                           ///< guarded by mutex_
    std::map<void*, std::unique_ptr<Transfer>> active_;  ///< the thread's own
    std::thread thread_;
};

}  // namespace fleeting::s3
