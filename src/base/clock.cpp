#include "base/clock.hpp"

#include <ctime>

namespace fleeting {
namespace {

Milliseconds read_clock(clockid_t which)
{
    auto time = timespec{};
    ::clock_gettime(which, &time);
    return std::chrono::duration_cast<Milliseconds>(Seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec});
}

}  // namespace

SystemClock::SystemClock() : wall_at_start_(read_clock(CLOCK_REALTIME)), boot_at_start_(read_clock(CLOCK_BOOTTIME)) {}

Instant SystemClock::now() const
{
    return wall_at_start_ + (read_clock(CLOCK_BOOTTIME) - boot_at_start_);
}

}  // namespace fleeting
