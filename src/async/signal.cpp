#include "async/signal.hpp"

#include "async/sleeper.hpp"

#include <mutex>
#include <vector>

namespace fleeting {

struct Signal::State {
    std::mutex mutex;
    std::atomic<std::uint64_t> count{0};
    std::vector<Sleeper*> sleepers;

    /// A frame's place among the sleepers, left however the frame goes.
    class Place {
    public:
        Place(State& state, Sleeper& sleeper, std::uint64_t seen) : state_(state), sleeper_(sleeper)
        {
            auto const lock = std::scoped_lock{state_.mutex};
            is_taken_ = state_.count == seen;
            if (is_taken_)
                state_.sleepers.push_back(&sleeper_);
        }
        ~Place()
        {
            auto const lock = std::scoped_lock{state_.mutex};
            std::erase(state_.sleepers, &sleeper_);
        }
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        /// False where the signal has been given since `seen`.
        [[nodiscard]] bool is_taken() const { return is_taken_; }

    private:
        State& state_;
        Sleeper& sleeper_;
        bool is_taken_ = false;
    };
};

Signal::Signal() : state_(std::make_shared<State>()) {}
Signal::~Signal() = default;

std::uint64_t Signal::count() const
{
    return state_->count;
}

net::awaitable<void> Signal::wait(std::uint64_t seen, Milliseconds patience)
{
    auto const state = state_;
    auto sleeper = Sleeper{co_await net::this_coro::executor};
    auto const place = State::Place{*state, sleeper, seen};
    if (place.is_taken())
        co_await sleeper.sleep(patience);
}

void Signal::give()
{
    // Under the lock, so that no sleeper, and no io_context behind it, goes before it is woken.
    auto const lock = std::scoped_lock{state_->mutex};
    ++state_->count;
    for (auto* const sleeper : state_->sleepers)
        sleeper->wake();
    state_->sleepers.clear();
}

}  // namespace fleeting
