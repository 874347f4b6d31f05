#pragma once

// A Ceph of the test run's own, by tests/support/ceph.mjs, gone with the process.

#include "async/run_blocking.hpp"
#include "s3/objects.hpp"
#include "support/source_path.hpp"

#include <array>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace fleeting {

class CephServer {
public:
    /// The one of this process. Throws where Ceph isn't installed: that fails the run.
    static CephServer& shared()
    {
        static auto server = CephServer{};
        return server;
    }
    CephServer()
    {
        auto to = std::array<int, 2>{};
        auto from = std::array<int, 2>{};
        if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0)
            throw std::runtime_error{"no pipe"};
        process_ = start(to[0], from[1]);
        ::close(to[0]);
        ::close(from[1]);
        stdin_ = to[1];
        auto line = std::array<char, 100>{};
        auto const size = ::read(from[0], line.data(), line.size());
        ::close(from[0]);
        if (size <= 1)
            throw std::runtime_error{"Ceph doesn't start: run script/bootstrap"};
        url_ = std::string{line.data(), static_cast<std::size_t>(size) - 1};
    }
    ~CephServer()
    {
        // It ends with its standard input, and so with this process however that ends.
        ::close(stdin_);
        ::waitpid(process_, nullptr, 0);
    }
    CephServer(CephServer const&) = delete;
    CephServer& operator=(CephServer const&) = delete;

    /// A bucket with nothing in it.
    s3::Settings make_bucket()
    {
        auto settings = s3::Settings{};
        settings.endpoint = url_;
        settings.bucket = "bucket-" + std::to_string(++buckets_);
        settings.prefix = "blobs/";
        settings.access_key = "testkey";
        settings.secret_key = "testsecret";
        auto owner = s3::Client{settings};
        if (!run_blocking(owner.run({"PUT", {}})))
            throw std::runtime_error{"no bucket"};
        return settings;
    }

private:
    static pid_t start(int input, int output)
    {
        auto const script = test::source_path("tests/support/ceph.mjs");
        auto const child = ::fork();
        if (child != 0)
            return child;
        ::dup2(input, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::execlp("node", "node", script.c_str(), nullptr);
        ::_exit(127);
    }

    std::string url_;
    pid_t process_ = 0;
    int stdin_ = -1;
    int buckets_ = 0;
};

}  // namespace fleeting
