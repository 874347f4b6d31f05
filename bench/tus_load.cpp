// Uploads by tus 1.0: bench_tus. A thread a connection, blocking, with the next of --count files each time it is free. Prints one
// JSON object, as bench_http does.

#include "wire.hpp"

#include <atomic>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <mutex>
#include <openssl/evp.h>
#include <stdexcept>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace {

using bench::noise;
using namespace std::literals;

struct Options {
    std::uint16_t port = 0;
    std::string path = "/";
    std::vector<std::string> headers;
    unsigned connections = 1;
    std::uint64_t count = 1;
    std::uint64_t size = 0;
    std::uint64_t request = 0;   ///< bytes a PATCH; 0: all that is left
    bool with_creation = false;  ///< the POST brings the bytes
    bool concatenate = false;    ///< one file, a part a connection
};

/// A connection that has one request after the other answered.
class Client {
public:
    explicit Client(Options const& options) : options_(options), socket_(bench::connect_to(options.port)) {}
    ~Client() { ::close(socket_); }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// Returns the head of the answer. begin: where in the noise the body begins.
    std::string ask(std::string_view method, std::string_view path, std::string const& fields, std::uint64_t body,
                    std::uint64_t begin = 0)
    {
        auto head = std::string{method} + " " + std::string{path} + " HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\n" +
                    "Content-Length: " + std::to_string(body) + "\r\n" + fields;
        for (auto const& header : options_.headers)
            head += header + "\r\n";
        send(head + "\r\n", body > 0);
        for (auto const end = begin + body; begin < end;) {
            auto const at = begin % noise().size();
            auto const part = std::min<std::uint64_t>(noise().size() - at, end - begin);
            send({noise().data() + at, part}, false);
            begin += part;
        }
        return answer();
    }

private:
    void send(std::string_view bytes, bool more) const
    {
        while (!bytes.empty()) {
            auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0));
            if (sent < 0)
                bench::fail("send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    std::string answer()
    {
        auto text = std::string{};
        auto end = std::string::npos;
        while ((end = text.find("\r\n\r\n")) == std::string::npos)
            receive(text);
        auto const length_at = text.find("Content-Length: ");
        auto const body = length_at < end ? std::stoull(text.substr(length_at + 16)) : 0;
        while (text.size() < end + 4 + body)
            receive(text);
        if (!text.starts_with("HTTP/1.1 2"))
            throw std::runtime_error(text);
        return text.substr(0, end + 2);
    }
    void receive(std::string& text) const
    {
        auto buffer = std::array<char, 8192>{};
        auto const got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got <= 0)
            throw std::runtime_error("the server closed the connection");
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }

    Options const& options_;
    int socket_;
};

/// The path of the upload that an answer names.
std::string location_of(std::string const& head)
{
    auto const at = head.find("ocation: ") + 9;
    auto location = head.substr(at, head.find("\r\n", at) - at);
    if (auto const origin = location.find("://"); origin != std::string::npos)
        location.erase(0, location.find('/', origin + 3));
    return location;
}

constexpr auto kOffsetBody = "Content-Type: application/offset+octet-stream\r\n";

/// Uploads `size` bytes; returns where they are.
std::string upload(Client& client, Options const& options, std::uint64_t size, std::string fields)
{
    fields += "Upload-Length: " + std::to_string(size) + "\r\n";
    if (options.with_creation)
        return location_of(client.ask("POST", options.path, fields + kOffsetBody, size));
    auto const location = location_of(client.ask("POST", options.path, fields, 0));
    for (auto offset = std::uint64_t{0}; offset < size;) {
        auto const part = options.request == 0 ? size - offset : std::min(options.request, size - offset);
        client.ask("PATCH", location, kOffsetBody + ("Upload-Offset: " + std::to_string(offset) + "\r\n"), part, offset);
        offset += part;
    }
    return location;
}

/// Runs `work(client, index)` for each index below `count`, on all connections.
template <typename Work>
void on_all_connections(Options const& options, std::uint64_t count, Work work)
{
    auto next = std::atomic<std::uint64_t>{0};
    auto failure = std::exception_ptr{};
    auto mutex = std::mutex{};
    auto threads = std::vector<std::jthread>{};
    for (auto i = 0U; i < options.connections; ++i)
        threads.emplace_back([&] {
            try {
                auto client = Client{options};
                for (auto index = next++; index < count; index = next++)
                    work(client, index);
            } catch (...) {
                auto const lock = std::lock_guard{mutex};
                failure = std::current_exception();
            }
        });
    threads.clear();
    if (failure)
        std::rethrow_exception(failure);
}

/// Base64 of the six digits of `index`: names of a folder, no two alike.
std::string name_of(std::uint64_t index)
{
    auto const digits = std::to_string(1'000'000 + index).substr(1);
    auto name = std::string(8, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(name.data()), reinterpret_cast<unsigned char const*>(digits.data()), 6);
    return name;
}

void upload_files(Options const& options)
{
    on_all_connections(options, options.count, [&](Client& client, std::uint64_t index) {
        upload(client, options, options.size, "Upload-Metadata: filename " + name_of(index) + "\r\n");
    });
}

void upload_in_parts(Options const& options)
{
    auto parts = std::vector<std::string>(options.connections);
    on_all_connections(options, parts.size(), [&](Client& client, std::uint64_t index) {
        parts[index] = upload(client, options, options.size / parts.size(), "Upload-Concat: partial\r\n");
    });
    auto fields = "Upload-Metadata: filename bm9pc2U=\r\nUpload-Concat: final;"s;
    for (auto const& part : parts)
        fields += part + " ";
    fields.back() = '\r';
    Client{options}.ask("POST", options.path, fields + "\n", 0);
}

}  // namespace

int main(int argc, char** argv)
try {
    auto options = Options{};
    auto app = CLI::App{"Uploads by tus on loopback and prints what it saw as JSON"};
    app.add_option("--port", options.port)->required();
    app.add_option("--path", options.path, "of the creation");
    app.add_option("--header", options.headers);
    app.add_option("--connections", options.connections);
    app.add_option("--count", options.count, "files");
    app.add_option("--size", options.size, "bytes each");
    app.add_option("--request", options.request, "bytes a PATCH; 0: the whole file");
    app.add_flag("--with-creation", options.with_creation, "the POST brings the bytes");
    app.add_flag("--concatenate", options.concatenate, "one file in as many parts as connections");
    CLI11_PARSE(app, argc, argv);
    noise();
    auto const began = std::chrono::steady_clock::now();
    (options.concatenate ? upload_in_parts : upload_files)(options);
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    auto used = rusage{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const files = options.concatenate ? 1 : options.count;
    std::printf(R"({"requests": %lu, "refused": 0, "bytes": %lu, "seconds": %.6f, "cpu": %.3f})"
                "\n",
                files, files * options.size, seconds,
                static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                    static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
} catch (std::exception const& error) {
    std::fprintf(stderr, "bench_tus: %s\n", error.what());
    return 1;
}
