#include "s3/http_client.hpp"

#include "s3/transfer.hpp"

#include <algorithm>

namespace fleeting::s3 {
namespace {

// More wait for their turn: each is a connection, with buffers.
constexpr auto kMostActive = std::size_t{96};
constexpr auto kIdle = Milliseconds{1'000};

}  // namespace

struct HttpClient::Multi {
    Multi()
    {
        static auto const is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        handle = is_ready ? curl_multi_init() : nullptr;
        if (handle == nullptr)
            std::abort();
        curl_multi_setopt(handle, CURLMOPT_MAXCONNECTS, static_cast<long>(kMostActive));
    }
    ~Multi() { curl_multi_cleanup(handle); }
    Multi(Multi const&) = delete;
    Multi& operator=(Multi const&) = delete;

    CURLM* handle;
};

HttpClient::HttpClient(std::string ca_file, Tick tick)
    : ca_file_(std::move(ca_file)), tick_(std::move(tick)), multi_(std::make_unique<Multi>())
{
    thread_ = std::thread{[this] { run(); }};
}

HttpClient::~HttpClient()
{
    stop();
}

void HttpClient::stop()
{
    {
        auto const lock = std::scoped_lock{mutex_};
        is_stopping_ = true;
    }
    curl_multi_wakeup(multi_->handle);
    if (thread_.joinable())
        thread_.join();
}

Task<HttpAnswer> HttpClient::send(HttpRequest request)
{
    auto const home = co_await net::this_coro::executor;
    auto result = std::optional<Result<HttpAnswer>>{};
    co_await net::async_initiate<net::use_awaitable_t<> const, void()>(
        [&](auto handler) {
            // A std::function is copied; what it holds here can't be.
            auto const waiting = std::make_shared<decltype(handler)>(std::move(handler));
            start(std::move(request), [&result, home, waiting](Result<HttpAnswer> answer) {
                result.emplace(std::move(answer));
                net::post(home, std::move(*waiting));
            });
        },
        net::use_awaitable);
    co_return *std::move(result);
}

void HttpClient::start(HttpRequest request, Done done)
{
    auto transfer = std::make_unique<Transfer>(std::move(request), std::move(done), stats_);
    auto lock = std::unique_lock{mutex_};
    if (is_stopping_) {
        lock.unlock();
        return transfer->done(fail(Errc::cancelled, "shutting down"));
    }
    queued_.push_back(std::move(transfer));
    lock.unlock();
    curl_multi_wakeup(multi_->handle);
}

void HttpClient::run()
{
    for (auto is_going = true; is_going;) {
        begin_queued();
        auto running = 0;
        curl_multi_perform(multi_->handle, &running);
        finish_answered();
        auto const patience = std::min(tick_ ? tick_() : kIdle, kIdle);
        is_going = !is_stopping();
        // What was queued meanwhile has also woken the poll.
        if (is_going)
            curl_multi_poll(multi_->handle, nullptr, 0, static_cast<int>(patience.count()), nullptr);
    }
    fail_rest();
}

bool HttpClient::is_stopping()
{
    auto const lock = std::scoped_lock{mutex_};
    return is_stopping_;
}

void HttpClient::begin_queued()
{
    while (active_.size() < kMostActive) {
        auto transfer = std::unique_ptr<Transfer>{};
        {
            auto const lock = std::scoped_lock{mutex_};
            if (queued_.empty())
                return;
            transfer = std::move(queued_.front());
            queued_.pop_front();
        }
        begin(std::move(transfer));
    }
}

void HttpClient::begin(std::unique_ptr<Transfer> transfer)
{
    if (transfer->is_late()) {
        transfer->done(fail(Errc::busy, "too many calls to the store wait"));
        return;
    }
    transfer->set_up(ca_file_);
    auto* const easy = transfer->easy;
    curl_multi_add_handle(multi_->handle, easy);
    active_.emplace(easy, std::move(transfer));
}

void HttpClient::finish_answered()
{
    auto left = 0;
    while (auto const* const message = curl_multi_info_read(multi_->handle, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        auto const code = message->data.result;
        auto found = active_.extract(message->easy_handle);
        curl_multi_remove_handle(multi_->handle, found.mapped()->easy);
        auto const transfer = std::move(found.mapped());
        transfer->done(transfer->outcome(code));
    }
}

void HttpClient::fail_rest()
{
    for (auto const& [easy, transfer] : active_) {
        curl_multi_remove_handle(multi_->handle, transfer->easy);
        transfer->done(fail(Errc::cancelled, "shutting down"));
    }
    active_.clear();
    auto const lock = std::scoped_lock{mutex_};
    for (auto const& transfer : queued_)
        transfer->done(fail(Errc::cancelled, "shutting down"));
    queued_.clear();
}

}  // namespace fleeting::s3
