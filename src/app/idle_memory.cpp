#include "app/idle_memory.hpp"

#include <boost/asio/steady_timer.hpp>
#include <jemalloc/jemalloc.h>

// Weak: there where the program is linked with jemalloc.
extern "C" [[gnu::weak]] decltype(mallctl) mallctl;

namespace fleeting::app {
namespace {

/// Of all arenas: 4096 is MALLCTL_ARENAS_ALL.
constexpr auto kDecay = "arena.4096.decay";
static_assert(MALLCTL_ARENAS_ALL == 4096);

}  // namespace

net::awaitable<void> give_memory_back(BlockingPool& pool)
{
    if (&mallctl == nullptr)
        co_return;
    for (auto pause = net::steady_timer{co_await net::this_coro::executor};;) {
        pause.expires_after(std::chrono::seconds{1});
        co_await pause.async_wait(net::use_awaitable);
        static_cast<void>(co_await pool.run([]() -> Result<> {
            mallctl(kDecay, nullptr, nullptr, nullptr, 0);
            return {};
        }));
    }
}

}  // namespace fleeting::app
