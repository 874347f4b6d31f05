#include "sandbox/calls.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <memory>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

namespace fleeting::sandbox {
namespace {

// Wider than what this version makes under its tests: the C library and OpenSSL, curl, libpq and SQLite choose others when they
// are updated, and a server that breaks then is one whose operator turns the sandbox off.
constexpr auto kAllowed = std::to_array<char const*>({
    // descriptors
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "preadv",
    "pwritev",
    "preadv2",
    "pwritev2",
    "lseek",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "flock",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "syncfs",
    "fallocate",
    "ftruncate",
    "truncate",
    "fadvise64",
    "readahead",
    "copy_file_range",
    "sendfile",
    "splice",
    "tee",
    "pipe",
    "pipe2",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd",
    "eventfd2",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    "signalfd",
    "signalfd4",
    // files; which ones is Landlock's business
    "open",
    "openat",
    "openat2",
    "creat",
    "access",
    "faccessat",
    "faccessat2",
    "stat",
    "fstat",
    "lstat",
    "newfstatat",
    "statx",
    "statfs",
    "fstatfs",
    "getdents",
    "getdents64",
    "readlink",
    "readlinkat",
    "getcwd",
    "umask",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchown",
    "utimensat",
    "inotify_init1",
    "inotify_add_watch",
    "inotify_rm_watch",
    // memory
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "mincore",
    "msync",
    "mlock",
    "mlock2",
    "munlock",
    "membarrier",
    // threads and the process itself
    "futex",
    "futex_waitv",
    "futex_wake",
    "futex_wait",
    "futex_requeue",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "set_tid_address",
    "arch_prctl",
    "exit",
    "exit_group",
    "restart_syscall",
    "sched_yield",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setscheduler",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "getpriority",
    "setpriority",
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getgroups",
    "getrusage",
    "times",
    "uname",
    "sysinfo",
    "getrlimit",
    "prlimit64",
    "getcpu",
    "getrandom",
    // signals
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigsuspend",
    "sigaltstack",
    "kill",
    "tgkill",
    "pause",
    // time
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "timer_create",
    "timer_settime",
    "timer_gettime",
    "timer_getoverrun",
    "timer_delete",
    "setitimer",
    "getitimer",
    "alarm",
    // the network
    "socketpair",
    "bind",
    "listen",
    "accept",
    "accept4",
    "connect",
    "getsockname",
    "getpeername",
    "setsockopt",
    "getsockopt",
    "sendto",
    "recvfrom",
    "sendmsg",
    "recvmsg",
    "sendmmsg",
    "recvmmsg",
    "shutdown",
});

// No library of ours makes these on any machine: who does has taken the process over.
constexpr auto kDeadly = std::to_array<char const*>({
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "bpf",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "iopl",
    "ioperm",
    "perf_event_open",
    "userfaultfd",
    "settimeofday",
    "clock_settime",
    "acct",
    "sethostname",
});

constexpr auto kFamilies = std::to_array<std::uint64_t>({AF_INET, AF_INET6, AF_UNIX, AF_NETLINK});
constexpr auto kIoctls = std::to_array<std::uint64_t>(
    {FIONBIO, FIONREAD, SIOCOUTQ, FIOCLEX, FIONCLEX, TCGETS, SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFCONF, SIOCGIFADDR, SIOCGIFFLAGS});
constexpr auto kPrctls = std::to_array<std::uint64_t>({PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE});

using Filter = std::unique_ptr<void, decltype([](void* filter) { seccomp_release(filter); })>;

/// Adds rules and remembers whether one was refused.
class Rules {
public:
    explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

    /// A name that this machine's architecture doesn't have needs no rule.
    void add(std::uint32_t action, char const* name, std::span<scmp_arg_cmp const> conditions = {})
    {
        auto const number = seccomp_syscall_resolve_name(name);
        if (number < 0)
            return;
        auto const count = static_cast<unsigned>(conditions.size());
        if (auto const added = seccomp_rule_add_array(filter_, action, number, count, conditions.data()); added != 0)
            failure_ = -added;
    }
    void allow_where(char const* name, scmp_arg_cmp condition) { add(SCMP_ACT_ALLOW, name, {&condition, 1}); }
    void allow_each(char const* name, unsigned argument, std::span<std::uint64_t const> values)
    {
        for (auto const value : values)
            allow_where(name, {argument, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF, value});
    }
    [[nodiscard]] int failure() const { return failure_; }

private:
    scmp_filter_ctx filter_;
    int failure_ = 0;
};

/// Memory is written or run, never both, and what was written isn't run later. Libraries may still be loaded.
void add_memory_rules(Rules& rules)
{
    rules.allow_where("mmap", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0});
    rules.allow_where("mmap", {2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0});
    rules.allow_where("mprotect", {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0});
}

int add_rules(scmp_filter_ctx filter)
{
    auto rules = Rules{filter};
    for (auto const* const name : kAllowed)
        rules.add(SCMP_ACT_ALLOW, name);
    for (auto const* const name : kDeadly)
        rules.add(SCMP_ACT_KILL_PROCESS, name);
    add_memory_rules(rules);
    // Threads, no processes. clone3 hides its flags from a filter; without it the C library takes clone.
    rules.allow_where("clone", {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD});
    rules.allow_each("socket", 0, kFamilies);
    rules.allow_each("ioctl", 1, kIoctls);
    rules.allow_each("prctl", 0, kPrctls);
    return rules.failure();
}

}  // namespace

bool can_restrict_calls()
{
    return seccomp_api_get() >= 1 && ::prctl(PR_GET_SECCOMP) >= 0;
}

Result<> restrict_calls()
{
    auto const refused = [](int code) { return fail(Errc::unavailable, std::string{"seccomp: "} + std::strerror(code)); };
    auto const filter = Filter{seccomp_init(SCMP_ACT_ERRNO(ENOSYS))};
    if (!filter)
        return refused(ENOMEM);
    if (auto const failure = add_rules(filter.get()); failure != 0)
        return refused(failure);
    if (auto const loaded = seccomp_load(filter.get()); loaded != 0)
        return refused(-loaded);
    return {};
}

}  // namespace fleeting::sandbox
