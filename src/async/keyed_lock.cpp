#include "async/keyed_lock.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace fleeting {

struct KeyedLock::State {
    /// A caller in the queue of one key. Its timer lives on its own executor and is only touched there.
    struct Waiter {
        explicit Waiter(net::any_io_executor const& home) : timer(home) {}
        net::steady_timer timer;
        std::atomic<bool> has_lock{false};
    };
    struct Entry {
        std::function<void()> on_asked;  ///< of the holder; empty once asked
        std::deque<std::shared_ptr<Waiter>> waiters;
    };

    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;

    void release(std::string const& key)
    {
        auto next = std::shared_ptr<Waiter>{};
        {
            auto const lock = std::scoped_lock{mutex};
            auto const found = entries.find(key);
            if (found->second.waiters.empty()) {
                entries.erase(found);
                return;
            }
            next = std::move(found->second.waiters.front());
            found->second.waiters.pop_front();
            next->has_lock = true;
        }
        net::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
    }

    /// True if the waiter was still queued: it gives up its place.
    bool withdraw(std::string const& key, std::shared_ptr<Waiter> const& waiter)
    {
        auto const lock = std::scoped_lock{mutex};
        return !waiter->has_lock && std::erase(entries[key].waiters, waiter) > 0;
    }
};

KeyedLock::KeyedLock() : state_(std::make_shared<State>()) {}
KeyedLock::~KeyedLock() = default;

Task<KeyedLock::Guard> KeyedLock::acquire(std::string key, std::function<void()> on_asked, Milliseconds patience)
{
    auto waiter = std::make_shared<State::Waiter>(co_await net::this_coro::executor);
    auto ask = std::function<void()>{};
    {
        auto const lock = std::scoped_lock{state_->mutex};
        auto const [found, is_free] = state_->entries.try_emplace(key);
        if (is_free) {
            waiter->has_lock = true;
        } else {
            found->second.waiters.push_back(waiter);
            ask = std::exchange(found->second.on_asked, nullptr);
        }
    }
    if (ask)
        ask();
    if (!waiter->has_lock) {
        waiter->timer.expires_after(patience);
        co_await waiter->timer.async_wait(net::as_tuple(net::use_awaitable));
        if (state_->withdraw(key, waiter))
            co_return fail(Error{Errc::upload_busy, "another request holds it", {}, 1});
    }
    {
        // Whoever queued behind us meanwhile asks through this; if somebody waits already, they want it now.
        auto const lock = std::scoped_lock{state_->mutex};
        auto& entry = state_->entries[key];
        entry.on_asked = std::move(on_asked);
        ask = entry.waiters.empty() ? nullptr : std::exchange(entry.on_asked, nullptr);
    }
    if (ask)
        ask();
    auto guard = Guard{};
    guard.release_ = std::shared_ptr<void>{nullptr, [state = state_, key = std::move(key)](void*) { state->release(key); }};
    co_return guard;
}

}  // namespace fleeting
