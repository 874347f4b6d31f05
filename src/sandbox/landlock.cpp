// Landlock by its system calls: glibc has no functions for them, and Debian's header knows the first versions only, so that the
// numbers of what came later stand here.
#include "sandbox/landlock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fleeting::sandbox {
namespace {

constexpr auto kReadFile = std::uint64_t{1} << 2;
constexpr auto kReadFolder = std::uint64_t{1} << 3;
constexpr auto kWriteFile = std::uint64_t{1} << 1;
constexpr auto kRemoveFolder = std::uint64_t{1} << 4;
constexpr auto kRemoveFile = std::uint64_t{1} << 5;
constexpr auto kMakeFolder = std::uint64_t{1} << 7;
constexpr auto kMakeFile = std::uint64_t{1} << 8;
constexpr auto kMakeSocket = std::uint64_t{1} << 9;
constexpr auto kMove = std::uint64_t{1} << 13;      // since 2
constexpr auto kTruncate = std::uint64_t{1} << 14;  // since 3
constexpr auto kRead = kReadFile | kReadFolder;
constexpr auto kWrite = kRead | kWriteFile | kRemoveFolder | kRemoveFile | kMakeFolder | kMakeFile | kMove | kTruncate;
constexpr auto kOfFiles = kReadFile | kWriteFile | kTruncate;

constexpr auto kListen = std::uint64_t{1} << 0;   // since 4
constexpr auto kConnect = std::uint64_t{1} << 1;  // since 4
constexpr auto kSignals = std::uint64_t{1} << 1;  // since 6

constexpr auto kRulePath = 1;
constexpr auto kRulePort = 2;

struct Ruleset {
    std::uint64_t files;
    std::uint64_t ports;
    std::uint64_t scopes;
};
struct [[gnu::packed]] PathRule {
    std::uint64_t allowed;
    std::int32_t parent;
};
struct PortRule {
    std::uint64_t allowed;
    std::uint64_t port;
};

std::unexpected<Error> failed(std::string const& what)
{
    return fail(Errc::unavailable, what + ": " + std::strerror(errno));
}

/// Every right to files that this version knows: what is handled and not allowed is refused.
std::uint64_t rights_of(int version)
{
    constexpr auto kBits = std::to_array({13, 14, 15, 15, 16});
    return (std::uint64_t{1} << kBits.at(static_cast<std::size_t>(std::min(version, 5) - 1))) - 1;
}

Ruleset ruleset_of(Profile const& profile, int version)
{
    auto rules = Ruleset{rights_of(version), 0, 0};
    if (version >= 4 && std::ranges::find(profile.ports, 0) == profile.ports.end())
        rules.ports |= kListen;
    if (version >= 4 && !profile.may_connect)
        rules.ports |= kConnect;
    if (version >= 6)
        rules.scopes = kSignals;
    return rules;
}

/// The kernel refuses fields that it doesn't know, so each version gets those it has.
std::size_t size_of_ruleset(int version)
{
    if (version < 4)
        return sizeof(std::uint64_t);
    return version < 6 ? 2 * sizeof(std::uint64_t) : sizeof(Ruleset);
}

Result<> allow_path(int ruleset, std::filesystem::path const& path, std::uint64_t rights)
{
    auto const opened = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (opened < 0)
        return {};  // what isn't there can't be allowed, and needn't be
    struct stat status{};
    ::fstat(opened, &status);
    auto const rule = PathRule{S_ISDIR(status.st_mode) ? rights : rights & kOfFiles, opened};
    auto const added = ::syscall(SYS_landlock_add_rule, ruleset, kRulePath, &rule, 0);
    auto const cause = errno;
    ::close(opened);
    errno = cause;
    return added == 0 ? Result<>{} : failed("Landlock refuses " + path.string());
}

Result<> allow_all(int ruleset, Profile const& profile, Ruleset const& handled)
{
    for (auto const& path : profile.readable) {
        TRY(allow_path(ruleset, path, kRead & handled.files));
    }
    for (auto const& path : profile.writable) {
        TRY(allow_path(ruleset, path, kWrite & handled.files));
    }
    for (auto const& path : profile.socketed) {
        TRY(allow_path(ruleset, path, (kMakeSocket | kRemoveFile) & handled.files));
    }
    for (auto const port : (handled.ports & kListen) != 0 ? profile.ports : std::vector<std::uint16_t>{}) {
        auto const rule = PortRule{kListen, port};
        if (::syscall(SYS_landlock_add_rule, ruleset, kRulePort, &rule, 0) != 0)
            return failed("Landlock refuses port " + std::to_string(port));
    }
    return {};
}

}  // namespace

int landlock_version()
{
    constexpr auto kAskVersion = 1;
    return static_cast<int>(std::max(0L, ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion)));
}

Result<> restrict_files(Profile const& profile, int version)
{
    auto const handled = ruleset_of(profile, version);
    auto const ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size_of_ruleset(version), 0));
    if (ruleset < 0)
        return failed("Landlock refuses its rules");
    auto allowed = allow_all(ruleset, profile, handled);
    if (allowed && ::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        allowed = failed("Landlock can't be entered");
    ::close(ruleset);
    return allowed;
}

}  // namespace fleeting::sandbox
