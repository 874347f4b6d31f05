#pragma once

#include "ports/event_bus.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting::test {

/// The next event of a subscription; nothing where none comes within `patience`.
inline Task<std::shared_ptr<SharedEvent const>> next_event(Subscription& subscription, Milliseconds patience)
{
    auto const home = co_await net::this_coro::executor;
    auto const until = std::chrono::steady_clock::now() + patience;
    auto event = subscription.take();
    while (event && !*event && std::chrono::steady_clock::now() < until) {
        auto pause = net::steady_timer{home, Milliseconds{1}};
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
        event = subscription.take();
    }
    co_return event;
}

}  // namespace fleeting::test
