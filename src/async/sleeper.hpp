#pragma once

#include "async/task.hpp"
#include "base/units.hpp"

#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace fleeting {

/// A coroutine's sleep, which another thread may end. It lives in the coroutine's frame, so that its timer goes with the frame
/// and before the io_context: a server that stops destroys frames in the middle of their sleep.
class Sleeper {
public:
    explicit Sleeper(net::any_io_executor const& home);
    ~Sleeper() { *timer_of_wakes_ = nullptr; }
    Sleeper(Sleeper const&) = delete;
    Sleeper& operator=(Sleeper const&) = delete;

    /// Sleeps until `wake` or for `patience`. On the executor it was made with.
    net::awaitable<void> sleep(Milliseconds patience);
    /// Any thread that keeps this from going meanwhile. What it posts may come late: it finds the timer only while there is one.
    void wake();

private:
    net::steady_timer timer_;
    std::shared_ptr<net::steady_timer*> timer_of_wakes_;  ///< what it points to is looked at on `home` only
};

}  // namespace fleeting
