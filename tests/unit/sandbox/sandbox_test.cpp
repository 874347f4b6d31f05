#include "sandbox/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fleeting::sandbox {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

TEST(Sandbox, GivesUpNothingInASanitizedBuildAndSaysSo)
{
    EXPECT_FALSE(enter({}).is_whole());
    EXPECT_NE(std::ofstream{"/dev/null"}.rdbuf(), nullptr);
    EXPECT_FALSE(outlook().is_whole());
}

#else

/// A folder that the sandbox leaves, and one beside it.
class Sandbox : public testing::Test {
protected:
    Sandbox()
    {
        std::filesystem::create_directory(inside);
        std::ofstream{outside / "secret"} << "secret";
    }
    ~Sandbox() override { std::filesystem::remove_all(outside); }

    /// What `attempt` returns in a process of its own inside the sandbox: 0 or an errno. Below 0: the signal that ended it.
    int inside_of(std::function<int()> const& attempt, Profile profile = {}) const
    {
        profile.writable.push_back(inside);
        auto const child = ::fork();
        if (child == 0) {
            if (!enter(profile).is_whole())
                ::_exit(255);
            ::_exit(attempt());
        }
        auto status = 0;
        ::waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }
    static int code(long result) { return result < 0 ? errno : 0; }

    std::filesystem::path outside = std::filesystem::temp_directory_path() / ("sandbox-" + std::to_string(::getpid()));
    std::filesystem::path inside = [this] {
        std::filesystem::create_directory(outside);
        return outside / "inside";
    }();
};

int listen_on(std::uint16_t port)
{
    auto const socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = sockaddr_in{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

int connect_to(std::uint16_t port)
{
    auto const socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = sockaddr_in{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

TEST_F(Sandbox, LeavesTheFolderAndNothingElse)
{
    auto const open = [](std::filesystem::path const& path, int how) { return code(::open(path.c_str(), how, 0600)); };
    EXPECT_EQ(inside_of([&] { return open(inside / "new", O_CREAT | O_RDWR | O_TRUNC); }), 0);
    EXPECT_EQ(inside_of([&] { return code(::rename((inside / "new").c_str(), (inside / "old").c_str())); }), 0);
    EXPECT_EQ(inside_of([&] { return code(::unlink((inside / "old").c_str())); }), 0);
    EXPECT_EQ(inside_of([&] { return open(outside / "secret", O_RDONLY); }), EACCES);
    EXPECT_EQ(inside_of([&] { return open(outside / "new", O_CREAT | O_RDWR); }), EACCES);
    EXPECT_EQ(inside_of([&] { return open("/etc/passwd", O_RDONLY); }), EACCES);
    EXPECT_EQ(inside_of([&] { return code(::symlink("/etc/passwd", (inside / "link").c_str())); }), ENOSYS);
}

TEST_F(Sandbox, LetsReadWhatIsToBeReadAndNoMore)
{
    auto const profile = Profile{.readable = {outside / "secret", outside / "missing"}};
    EXPECT_EQ(inside_of([&] { return code(::open((outside / "secret").c_str(), O_RDONLY)); }, profile), 0);
    EXPECT_EQ(inside_of([&] { return code(::open((outside / "secret").c_str(), O_WRONLY)); }, profile), EACCES);
}

TEST_F(Sandbox, ListensOnItsPortsAndConnectsOnlyWhereItMay)
{
    constexpr auto kPort = std::uint16_t{1};
    EXPECT_EQ(inside_of([] { return listen_on(kPort); }, {.ports = {2}}), EACCES);
    EXPECT_NE(inside_of([] { return listen_on(60'999); }, {.ports = {60'999}}), EACCES);
    EXPECT_NE(inside_of([] { return listen_on(60'999); }, {.ports = {0}}), EACCES);
    EXPECT_EQ(inside_of([] { return connect_to(kPort); }), EACCES);
    EXPECT_EQ(inside_of([] { return connect_to(kPort); }, {.may_connect = true}), ECONNREFUSED);
}

TEST_F(Sandbox, EndsAProcessThatRunsAnotherProgramOrLooksIntoOne)
{
    auto program = std::string{"/bin/true"};
    auto arguments = std::array<char*, 2>{program.data(), nullptr};
    EXPECT_EQ(inside_of([&] { return code(::execve(program.c_str(), arguments.data(), arguments.data() + 1)); }), -SIGSYS);
    EXPECT_EQ(inside_of([] { return code(::ptrace(PTRACE_TRACEME, 0, 0, 0)); }), -SIGSYS);
    EXPECT_EQ(inside_of([] { return code(::unshare(CLONE_NEWUSER)); }), -SIGSYS);
    EXPECT_EQ(inside_of([] { return code(::syscall(SYS_bpf, 0, nullptr, 0)); }), -SIGSYS);
}

TEST_F(Sandbox, StartsThreadsAndNoProcesses)
{
    auto const start_thread = [] {
        auto done = 0;
        std::thread{[&done] { done = 1; }}.join();
        return done == 1 ? 0 : 1;
    };
    EXPECT_EQ(inside_of(start_thread), 0);
    EXPECT_EQ(inside_of([] { return code(::fork()); }), ENOSYS);
    EXPECT_EQ(inside_of([] { return code(::syscall(SYS_io_uring_setup, 1, nullptr)); }), ENOSYS);
    EXPECT_EQ(inside_of([] { return code(::socket(AF_PACKET, SOCK_RAW, 0)); }), ENOSYS);
}

TEST_F(Sandbox, RunsNoMemoryThatWasWritten)
{
    auto const map = [](int how) {
        return ::mmap(nullptr, 4096, how, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
    };
    EXPECT_EQ(inside_of([&] { return map(PROT_READ | PROT_WRITE); }), 0);
    EXPECT_EQ(inside_of([&] { return map(PROT_READ | PROT_WRITE | PROT_EXEC); }), ENOSYS);
    EXPECT_EQ(inside_of([&] {
                  auto* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  return code(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
              }),
              ENOSYS);
}

TEST_F(Sandbox, HoldsForThreadsThatAreStartedInside)
{
    EXPECT_EQ(inside_of([] {
                  auto result = 0;
                  std::thread{[&] { result = code(::open("/etc/passwd", O_RDONLY)); }}.join();
                  return result;
              }),
              EACCES);
}

TEST_F(Sandbox, ForeseesWhatItWillDo)
{
    EXPECT_TRUE(outlook().is_whole()) << outlook().files << ", " << outlook().calls;
}

#endif

}  // namespace
}  // namespace fleeting::sandbox
