#include "service/clock_guard.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cstdlib>

namespace fleeting {

Task<> ClockGuard::compare()
{
    auto const asked = clock_.now();
    CO_TRY(auto const there, co_await store_.clock());
    if (!there)
        co_return Result<>{};  // the database goes by this machine's clock
    auto const answered = clock_.now();
    auto const way = (answered - asked) / 2;
    auto const offset = asked + way - *there;
    offset_ms_ = offset.count();
    // The way may have been all of it there or all of it back: what that explains isn't held against the clock.
    auto const is_off = Milliseconds{std::abs(offset.count())} - way > kTolerance;
    if (is_off != is_off_.exchange(is_off)) {
        if (is_off)
            log::error("clock_off", check().error().detail);
        else
            log::info("clock_right_again");
    }
    co_return Result<>{};
}

Instant ClockGuard::earliest() const
{
    return clock_.now() - (is_off_ ? std::max(offset(), Milliseconds{0}) : Milliseconds{0});
}

Instant ClockGuard::latest() const
{
    return clock_.now() - (is_off_ ? std::min(offset(), Milliseconds{0}) : Milliseconds{0});
}

Result<> ClockGuard::check() const
{
    if (!is_off_)
        return {};
    return fail(Errc::unavailable, "this node's clock is " + std::to_string(offset().count()) +
                                       " ms ahead of the database's: set the clock of the machine that is wrong (NTP), and start "
                                       "this node again; it signs no links until then");
}

}  // namespace fleeting
