#include "sandbox/sandbox.hpp"

#include "sandbox/calls.hpp"
#include "sandbox/landlock.hpp"

#include <sys/prctl.h>

namespace fleeting::sandbox {
namespace {

// Sanitizers look into /proc, map memory as they like and trace the process when it ends.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr auto kIsSanitized = true;
#else
constexpr auto kIsSanitized = false;
#endif
constexpr auto kSanitized = "not: built with a sanitizer";
constexpr auto kNoLandlock = "not: this kernel, or a filter around the process, has no Landlock";
constexpr auto kNoSeccomp = "not: this kernel, or a filter around the process, has no seccomp";

std::string by_landlock(int version)
{
    return "by Landlock " + std::to_string(version);
}

std::string give_up_files(Profile const& profile)
{
    auto const version = landlock_version();
    if (version == 0)
        return kNoLandlock;
    auto const done = restrict_files(profile, version);
    return done ? by_landlock(version) : "not: " + done.error().detail;
}

std::string give_up_calls()
{
    auto const done = restrict_calls();
    return done ? "by seccomp" : "not: " + done.error().detail;
}

}  // namespace

Report enter(Profile const& profile)
{
    if (kIsSanitized)
        return {kSanitized, kSanitized};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    auto files = give_up_files(profile);
    return {std::move(files), give_up_calls()};
}

Report outlook()
{
    if (kIsSanitized)
        return {kSanitized, kSanitized};
    auto const version = landlock_version();
    return {version == 0 ? kNoLandlock : by_landlock(version), can_restrict_calls() ? "by seccomp" : kNoSeccomp};
}

}  // namespace fleeting::sandbox
