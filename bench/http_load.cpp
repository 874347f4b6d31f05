// Loads an HTTP/1.1 server: bench_http get|put|hold|trickle|sip. Prints one JSON object. It speaks just as much HTTP as the
// measured servers answer: a status, a Content-Length, a body. Bodies are thrown away in the kernel (MSG_TRUNC), so that the
// processor time goes to the server.

#include "wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using bench::connect_to;
using bench::fail;
using bench::noise;
using Clock = std::chrono::steady_clock;
using namespace std::literals;

struct Options {
    std::uint16_t port = 0;
    std::string path = "/";
    std::vector<std::string> headers;
    unsigned connections = 1;
    double seconds = 3;
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    unsigned chunk = 16'384;
    unsigned every_ms = 0;
};

/// What one run adds up to.
struct Tally {
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;  ///< answers that aren't 2xx
    std::uint64_t bytes = 0;    ///< of bodies
    std::vector<std::uint32_t> micros;

    void print(double seconds)
    {
        std::ranges::sort(micros);
        auto const at = [&](double share) {
            return micros.empty() ? 0U : micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))];
        };
        auto used = rusage{};
        ::getrusage(RUSAGE_SELF, &used);
        auto const cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
        std::printf(R"({"requests": %lu, "refused": %lu, "bytes": %lu, "seconds": %.6f, "p50_us": %u, "p99_us": %u, "cpu": %.3f})"
                    "\n",
                    requests, refused, bytes, seconds, at(0.5), at(0.99), cpu);
    }
};

/// Reads answers off a socket: the head into a small buffer, the body into nothing.
class Answers {
public:
    enum class Step { blocked, more, whole };

    /// Takes what is there, once.
    Step read(int socket, Tally& tally)
    {
        if (left_ > 0)
            return discard(socket, tally);
        auto const got = ::recv(socket, head_.data() + filled_, head_.size() - filled_, MSG_DONTWAIT);
        if (got == 0)
            throw std::runtime_error("the server closed the connection");
        if (got < 0)
            return errno == EAGAIN ? Step::blocked : (fail("recv"), Step::blocked);
        filled_ += static_cast<std::size_t>(got);
        auto const text = std::string_view{head_.data(), filled_};
        auto const end = text.find("\r\n\r\n");
        if (end == std::string_view::npos)
            return filled_ == head_.size() ? throw std::runtime_error("the head is too long") : Step::more;
        auto const body = filled_ - (end + 4);
        filled_ = 0;
        begin_body(text.substr(0, end + 2), body, tally);
        return left_ == 0 ? Step::whole : Step::more;
    }

private:
    Step discard(int socket, Tally& tally)
    {
        auto const got = ::recv(socket, nullptr, std::min<std::uint64_t>(left_, 8U << 20), MSG_TRUNC | MSG_DONTWAIT);
        if (got == 0)
            throw std::runtime_error("the server cut a body");
        if (got < 0)
            return errno == EAGAIN ? Step::blocked : (fail("recv"), Step::blocked);
        left_ -= static_cast<std::uint64_t>(got);
        tally.bytes += static_cast<std::uint64_t>(got);
        return left_ == 0 ? Step::whole : Step::more;
    }

    void begin_body(std::string_view head, std::size_t here, Tally& tally)
    {
        if (head.size() < 12 || head[9] != '2')
            ++tally.refused;
        auto length = std::uint64_t{0};
        for (auto const name : {"\r\nContent-Length: "sv, "\r\ncontent-length: "sv})
            if (auto const at = head.find(name); at != std::string_view::npos)
                std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
        if (here > length)
            throw std::runtime_error("more than one answer to one request");
        left_ = length - here;
        tally.bytes += here;
    }

    std::array<char, 16'384> head_;
    std::size_t filled_ = 0;
    std::uint64_t left_ = 0;
};

std::string head_of(std::string_view method, Options const& options, std::string const& path, std::uint64_t length)
{
    auto head = std::string{method} + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) + "\r\n";
    if (method == "PUT")
        head += "Content-Length: " + std::to_string(length) + "\r\n";
    for (auto const& header : options.headers)
        head += header + "\r\n";
    return head + "\r\n";
}

struct Connection {
    int socket = -1;
    Answers answers;
    std::string head;        ///< of the running request
    std::uint64_t sent = 0;  ///< of head and body together
    std::uint64_t to_send = 0;
    Clock::time_point began;
    bool idle = true;

    void begin(std::string request, std::uint64_t body)
    {
        head = std::move(request);
        sent = 0;
        to_send = head.size() + body;
        began = Clock::now();
        idle = false;
    }

    /// Sends what the socket takes, at most `most` bytes. True when it took all of the request.
    bool send(std::uint64_t most = UINT64_MAX)
    {
        while (sent < to_send && most > 0) {
            auto const got = send_some(most);
            if (got < 0)
                return errno == EAGAIN ? false : (fail("send"), false);
            sent += static_cast<std::uint64_t>(got);
            most -= static_cast<std::uint64_t>(got);
        }
        return sent == to_send;
    }

private:
    ssize_t send_some(std::uint64_t most) const
    {
        constexpr auto kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
        if (sent < head.size())
            return ::send(socket, head.data() + sent, head.size() - sent, kFlags | (to_send > head.size() ? MSG_MORE : 0));
        auto const at = (sent - head.size()) % noise().size();
        return ::send(socket, noise().data() + at, std::min({noise().size() - at, to_send - sent, most}), kFlags);
    }
};

class Load {
public:
    explicit Load(Options const& options) : options_(options), connections_(options.connections)
    {
        for (auto& connection : connections_)
            connection.socket = connect_to(options.port);
    }

    /// Asks for one path again and again until the time is up; then waits for what runs.
    void get()
    {
        auto const until =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
        auto const head = head_of("GET", options_, options_.path, 0);
        run([&](Connection& connection) {
            if (Clock::now() >= until && tally_.requests > 0)
                return false;
            if (options_.every_ms > 0)
                ::usleep(options_.every_ms * 1000);
            connection.begin(head, 0);
            return true;
        });
    }

    /// Sends `count` new files of `size` bytes.
    void put()
    {
        auto next = std::uint64_t{0};
        run([&](Connection& connection) {
            if (next == options_.count)
                return false;
            connection.begin(head_of("PUT", options_, options_.path + std::to_string(next++), options_.size), options_.size);
            return true;
        });
        tally_.bytes = options_.count * options_.size;
    }

    /// Holds connections that have had one answer each, until a line or the end comes on stdin.
    void hold()
    {
        auto asked = std::size_t{0};
        auto const head = head_of("GET", options_, options_.path, 0);
        run([&](Connection& connection) {
            if (asked++ >= connections_.size())
                return false;
            connection.begin(head, 0);
            return true;
        });
        std::puts("holding");
        std::fflush(stdout);
        std::getchar();
    }

    /// Uploads that trickle: `chunk` bytes each `every_ms`, for `seconds`, none of them ever whole.
    void trickle()
    {
        for (auto index = std::size_t{0}; auto& connection : connections_)
            connection.begin(head_of("PUT", options_, options_.path + std::to_string(index++), options_.size), options_.size);
        auto const until =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
        while (Clock::now() < until) {
            for (auto& connection : connections_) {
                auto const before = connection.sent;
                connection.send(options_.chunk);
                tally_.bytes += connection.sent - before;
            }
            ::usleep(options_.every_ms * 1000);
        }
    }

    /// Downloads that trickle: `chunk` bytes each `every_ms`, for `seconds`.
    void sip()
    {
        auto const head = head_of("GET", options_, options_.path, 0);
        for (auto& connection : connections_) {
            connection.begin(head, 0);
            connection.send();
        }
        auto const until =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
        while (Clock::now() < until) {
            for (auto& connection : connections_)
                if (auto const got = ::recv(connection.socket, nullptr, options_.chunk, MSG_TRUNC | MSG_DONTWAIT); got > 0)
                    tally_.bytes += static_cast<std::uint64_t>(got);
            ::usleep(options_.every_ms * 1000);
        }
    }

    void print() { tally_.print(std::chrono::duration<double>(Clock::now() - began_).count()); }

private:
    /// Runs requests on every connection; `next` begins one, or says that there is none left.
    template <typename Next>
    void run(Next next)
    {
        auto const poll = ::epoll_create1(EPOLL_CLOEXEC);
        auto busy = std::size_t{0};
        for (auto& connection : connections_) {
            if (!next(connection))
                break;
            auto event = epoll_event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
            ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
            ++busy;
        }
        auto events = std::array<epoll_event, 64>{};
        while (busy > 0) {
            auto const ready = ::epoll_wait(poll, events.data(), events.size(), 60'000);
            if (ready == 0)
                throw std::runtime_error("no answer for a minute");
            for (auto index = 0; index < ready; ++index)
                busy -= step(*static_cast<Connection*>(events[static_cast<std::size_t>(index)].data.ptr), next) ? 0 : 1;
        }
        ::close(poll);
    }

    /// Goes on with a connection until its socket has no more. False once there is nothing left to ask on it.
    template <typename Next>
    bool step(Connection& connection, Next& next)
    {
        while (!connection.idle) {
            connection.send();
            auto const step = connection.answers.read(connection.socket, tally_);
            if (step == Answers::Step::blocked)
                return true;
            if (step == Answers::Step::whole) {
                finish(connection);
                if (!next(connection))
                    return false;
            }
        }
        return true;
    }

    void finish(Connection& connection)
    {
        ++tally_.requests;
        auto const took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.began).count();
        tally_.micros.push_back(static_cast<std::uint32_t>(took));
        connection.idle = true;
    }

    Options options_;
    std::vector<Connection> connections_;
    Tally tally_;
    Clock::time_point began_ = Clock::now();
};

}  // namespace

int main(int argc, char** argv)
try {
    auto options = Options{};
    auto app = CLI::App{"Loads an HTTP/1.1 server on loopback and prints what it saw as JSON"};
    app.fallthrough();
    auto* const get =
        app.add_subcommand("get", "the same path again and again for --seconds; with one connection, at most each --every-ms");
    auto* const put = app.add_subcommand("put", "--count new files of --size bytes at --path0, --path1, ...");
    auto* const hold = app.add_subcommand("hold", "one GET a connection, then all stay open until stdin ends");
    auto* const trickle = app.add_subcommand("trickle", "a PUT a connection, --chunk bytes each --every-ms, for --seconds");
    auto* const sip = app.add_subcommand("sip", "a GET a connection, --chunk bytes read each --every-ms, for --seconds");
    app.require_subcommand(1);
    app.add_option("--port", options.port)->required();
    app.add_option("--path", options.path);
    app.add_option("--header", options.headers);
    app.add_option("--connections", options.connections);
    app.add_option("--seconds", options.seconds);
    app.add_option("--count", options.count);
    app.add_option("--size", options.size);
    app.add_option("--chunk", options.chunk);
    app.add_option("--every-ms", options.every_ms);
    CLI11_PARSE(app, argc, argv);
    noise();
    auto load = Load{options};
    auto const kinds = std::map<CLI::App*, void (Load::*)()>{
        {get, &Load::get}, {put, &Load::put}, {hold, &Load::hold}, {trickle, &Load::trickle}, {sip, &Load::sip}};
    (load.*kinds.at(app.get_subcommands().front()))();
    load.print();
} catch (std::exception const& error) {
    std::fprintf(stderr, "bench_http: %s\n", error.what());
    return 1;
}
