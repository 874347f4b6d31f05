#pragma once

// A Redis of the test run's own: nothing on disk, on a socket in a temporary folder, gone with the process.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fleeting {

class RedisServer {
public:
    RedisServer()
    {
        if (::mkdtemp(folder_.data()) == nullptr)
            throw std::runtime_error{"no temporary folder"};
        start();
    }
    ~RedisServer()
    {
        stop();
        std::filesystem::remove_all(folder_);
    }
    RedisServer(RedisServer const&) = delete;
    RedisServer& operator=(RedisServer const&) = delete;

    /// Starts the process (again): it remembers nothing.
    void start()
    {
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket().c_str(), "--save", "", "--dir",
                     folder_.c_str(), "--logfile", (folder_ + "/log").c_str(), nullptr);
            ::_exit(127);
        }
        for (auto i = 0; !std::filesystem::exists(socket()); ++i) {
            if (i == 500 || ::waitpid(process_, nullptr, WNOHANG) != 0)
                throw std::runtime_error{"redis-server doesn't start: run script/bootstrap"};
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }
    void stop()
    {
        signal(SIGCONT);
        signal(SIGKILL);
        ::waitpid(process_, nullptr, 0);
        std::filesystem::remove(socket());
    }
    /// SIGSTOP is a hang.
    void signal(int number) const { ::kill(process_, number); }

    [[nodiscard]] std::string socket() const { return folder_ + "/socket"; }
    [[nodiscard]] std::string url() const { return "unix://" + socket(); }

private:
    std::string folder_ = std::filesystem::temp_directory_path() / "fleeting-redis-XXXXXX";
    pid_t process_ = 0;
};

}  // namespace fleeting
