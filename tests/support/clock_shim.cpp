// Loaded into a server, has its wall clock go CLOCK_SHIM_MS ahead, as on a machine whose clock nobody sets (clock_shim.mjs).
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>

namespace {

using Read = int (*)(clockid_t, timespec*);

constexpr auto kSecond = 1'000'000'000L;

long ahead()
{
    auto const* const told = std::getenv("CLOCK_SHIM_MS");
    return told != nullptr ? std::atol(told) * 1'000'000 : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t which, timespec* out) noexcept
{
    static auto const real = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "clock_gettime"));
    static auto const shift = ahead();
    auto const outcome = real(which, out);
    if (outcome != 0 || which != CLOCK_REALTIME)
        return outcome;
    auto const nanoseconds = out->tv_nsec + shift % kSecond;
    auto const carried = nanoseconds < 0 ? -1 : nanoseconds / kSecond;
    out->tv_sec += shift / kSecond + carried;
    out->tv_nsec = nanoseconds - carried * kSecond;
    return outcome;
}
