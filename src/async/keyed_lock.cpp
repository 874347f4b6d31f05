#include "async/keyed_lock.hpp"

#include "async/sleeper.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace fleeting {

struct KeyedLock::State {
    class Place;
    using Ask = std::function<void()>;
    struct Entry {
        Ask on_asked;  ///< of the holder; empty once asked
        std::deque<Place*> waiters;
    };

    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;

    void release(std::string const& key)
    {
        auto const lock = std::scoped_lock{mutex};
        hand_over(key);
    }
    void hand_over(std::string const& key);
};

/// A caller's place at a key, first in its queue and then with the lock. However its frame goes it is given up, unless the lock
/// was `kept`.
class KeyedLock::State::Place {
public:
    Place(State& state, std::string const& key, net::any_io_executor const& home) : state_(state), key_(key), sleeper_(home) {}
    ~Place() { leave(); }
    Place(Place const&) = delete;
    Place& operator=(Place const&) = delete;

    /// Takes the lock where it is free, else a place in the queue; returns what asks the holder.
    Ask enter()
    {
        auto const lock = std::scoped_lock{state_.mutex};
        auto const [found, is_free] = state_.entries.try_emplace(key_);
        has_lock_ = is_free;
        if (is_free)
            return nullptr;
        found->second.waiters.push_back(this);
        return std::exchange(found->second.on_asked, nullptr);
    }
    [[nodiscard]] bool has_lock() const { return has_lock_; }
    net::awaitable<void> sleep(Milliseconds patience) { return sleeper_.sleep(patience); }
    /// The lock outlives this. Returns `on_asked` where somebody waits already and wants it now; later ones ask through it.
    Ask keep(Ask on_asked)
    {
        auto const lock = std::scoped_lock{state_.mutex};
        is_kept_ = true;
        auto& entry = state_.entries.find(key_)->second;
        if (!entry.waiters.empty())
            return on_asked;
        entry.on_asked = std::move(on_asked);
        return nullptr;
    }
    /// Under the lock, so that no sleeper, and no io_context behind it, goes before it is woken.
    void take_lock()
    {
        has_lock_ = true;
        sleeper_.wake();
    }

private:
    void leave()
    {
        auto const lock = std::scoped_lock{state_.mutex};
        if (is_kept_)
            return;
        if (has_lock_)
            state_.hand_over(key_);
        else
            std::erase(state_.entries[key_].waiters, this);
    }

    State& state_;
    std::string const& key_;
    Sleeper sleeper_;
    std::atomic<bool> has_lock_{false};
    bool is_kept_ = false;
};

void KeyedLock::State::hand_over(std::string const& key)
{
    auto const found = entries.find(key);
    auto& waiters = found->second.waiters;
    if (waiters.empty()) {
        entries.erase(found);
        return;
    }
    waiters.front()->take_lock();
    waiters.pop_front();
}

KeyedLock::KeyedLock() : state_(std::make_shared<State>()) {}
KeyedLock::~KeyedLock() = default;

Task<KeyedLock::Guard> KeyedLock::acquire(std::string key, std::function<void()> on_asked, Milliseconds patience)
{
    auto const state = state_;
    auto place = State::Place{*state, key, co_await net::this_coro::executor};
    if (auto const ask = place.enter())
        ask();
    if (!place.has_lock())
        co_await place.sleep(patience);
    if (!place.has_lock())
        co_return fail(Error{Errc::upload_busy, "another request holds it", {}, 1});
    if (auto const ask = place.keep(std::move(on_asked)))
        ask();
    auto guard = Guard{};
    guard.release_ = std::shared_ptr<void>{nullptr, [state, key](void*) { state->release(key); }};
    co_return guard;
}

}  // namespace fleeting
