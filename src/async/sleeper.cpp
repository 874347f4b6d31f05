#include "async/sleeper.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting {

Sleeper::Sleeper(net::any_io_executor const& home) : timer_(home), timer_of_wakes_(std::make_shared<net::steady_timer*>(&timer_))
{
}

net::awaitable<void> Sleeper::sleep(Milliseconds patience)
{
    timer_.expires_after(patience);
    co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
}

void Sleeper::wake()
{
    net::post(timer_.get_executor(), [timer = timer_of_wakes_] {
        if (*timer != nullptr)
            (*timer)->cancel();
    });
}

}  // namespace fleeting
