// Downloads through the proxy. What the server cuts, as its room has ended, must be cut for who takes it: a proxy that takes a
// file faster than its receiver does goes on sending it.

#include "app/doctor_room.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <thread>

namespace fleeting::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = Milliseconds{5'000};
constexpr auto kMostWait = Milliseconds{3'000};
constexpr auto kLeastWait = Milliseconds{1'000};

class DownloadLook {
public:
    DownloadLook(Doors const& doors, OwnRoom const& room) : doors_(doors), room_(room), findings_(doors.findings) {}
    void examine(std::optional<Milliseconds> took);

private:
    bool is_put_past_the_proxy();
    bool can_be_had();
    std::optional<bool> is_taken_while_nobody_reads(Milliseconds wait);
    bool wait_until_taken(Milliseconds wait);
    void judge(std::optional<bool> is_taken, Milliseconds wait);
    [[nodiscard]] bool is_taken() const;

    Doors const& doors_;
    OwnRoom const& room_;
    Findings& findings_;
    std::string path_ = room_.files + std::string{LargeFile::kName};
};

bool DownloadLook::is_put_past_the_proxy()
{
    auto const put = put_large(doors_.straight, room_);
    if (put && put->status == 201)
        return true;
    findings_.note("downloads", "weren't looked at: a file of " + std::string{LargeFile::kText} + " is answered " +
                                    (put ? told(*put) : put.error().detail));
    return false;
}

/// A virus scanner may still have it.
bool DownloadLook::can_be_had()
{
    auto const first = doors_.through.ask_blocking({.path = path_, .fields = {room_.bearer, "Range: bytes=0-0"}});
    if (first && first->status == 206)
        return true;
    findings_.note("downloads", "weren't looked at: a file is answered " + (first ? told(*first) : first.error().detail));
    return false;
}

/// Whether the server has sent the last byte, to whomever.
bool DownloadLook::is_taken() const
{
    return std::ranges::any_of(files_in(doors_, room_), [](auto const& each) {
        auto const& file = each.as_object();
        return text_in(file, "name") == LargeFile::kName && !file.at("taken_by").as_array().empty();
    });
}

bool DownloadLook::wait_until_taken(Milliseconds wait)
{
    auto const until = Clock::now() + wait;
    while (Clock::now() < until) {
        if (is_taken())
            return true;
        std::this_thread::sleep_for(Milliseconds{50});
    }
    return false;
}

/// Begins to take the file, and stops in the middle. Nothing where it doesn't begin.
std::optional<bool> DownloadLook::is_taken_while_nobody_reads(Milliseconds wait)
{
    auto has_begun = std::atomic<bool>{false};
    auto const reading = std::jthread{[&](std::stop_token const& stop) {
        auto const read_no_further = [&](std::string_view) {
            has_begun = true;
            while (!stop.stop_requested())
                std::this_thread::sleep_for(Milliseconds{10});
        };
        auto ask = Ask{.path = path_, .fields = {room_.bearer}, .hear = read_no_further, .stop = stop};
        ask.is_narrow = ask.is_http_1_1 = true;
        (void)doors_.through.ask_blocking(ask);
    }};
    auto const until = Clock::now() + kPatience;
    while (!has_begun && Clock::now() < until)
        std::this_thread::sleep_for(Milliseconds{10});
    return has_begun ? std::optional{wait_until_taken(wait)} : std::nullopt;
}

void DownloadLook::judge(std::optional<bool> is_taken, Milliseconds wait)
{
    if (!is_taken)
        findings_.note("downloads", "weren't looked at: a file doesn't come");
    else if (*is_taken)
        findings_.mend("downloads", "the proxy takes a file faster than its receiver, and goes on sending it when its room has "
                                    "ended. Switch its buffering of answers off (nginx: proxy_buffering off; Caddy: no "
                                    "buffer_responses or response_buffers; Varnish: pipe)");
    else if (wait > kMostWait)
        findings_.note("downloads", "can't be told: the way through the proxy is too slow from here");
    else
        findings_.well("downloads", "pass as they are taken");
}

void DownloadLook::examine(std::optional<Milliseconds> took)
{
    if (!(took || is_put_past_the_proxy()) || !can_be_had())
        return;
    auto const wait = took ? 2 * *took : kMostWait;
    judge(is_taken_while_nobody_reads(std::clamp(wait, kLeastWait, kMostWait)), wait);
}

}  // namespace

void examine_downloads(Doors const& doors, OwnRoom const& room, std::optional<Milliseconds> large_took)
{
    DownloadLook{doors, room}.examine(large_took);
}

}  // namespace fleeting::app
