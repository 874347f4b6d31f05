// What passes through the proxy in a room of the doctor's own: names as they are, events at once; uploads and downloads have
// files of their own.

#include "app/doctor_room.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

namespace fleeting::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = Milliseconds{5'000};
constexpr auto kLateEvent = Milliseconds{500};
constexpr auto kEvents = 5;

/// What an event stream has said so far, and when it said a thing first.
class Heard {
public:
    void add(std::string_view text)
    {
        auto const lock = std::scoped_lock{mutex_};
        text_ += text;
    }
    /// Until `what` was said; nothing after `patience`.
    std::optional<Milliseconds> wait_blocking(std::string_view what, Milliseconds patience)
    {
        auto const begun = Clock::now();
        while (Clock::now() - begun < patience) {
            if (has(what))
                return std::chrono::duration_cast<Milliseconds>(Clock::now() - begun);
            std::this_thread::sleep_for(Milliseconds{5});
        }
        return std::nullopt;
    }

private:
    bool has(std::string_view what)
    {
        auto const lock = std::scoped_lock{mutex_};
        return text_.find(what) != std::string::npos;
    }

    std::mutex mutex_;
    std::string text_;
};

/// A name whose bytes a proxy may be tempted to decode.
void examine_names(Doors const& doors, OwnRoom const& room)
{
    auto const path = room.files + http::percent_encoded("a%2Fb+ü #?;.txt");
    auto const put = doors.through.ask_blocking({"PUT", path, {room.bearer}, "as it was sent"});
    auto const got = put && put->status == 201 ? doors.through.ask_blocking({.path = path, .fields = {room.bearer}}) : put;
    if (got && got->body == "as it was sent")
        return doors.findings.well("names", "pass as they are sent");
    doors.findings.mend("names", "a file with %, # or ? in its name is answered " + (got ? told(*got) : got.error().detail) +
                                     ": let the proxy pass the path on undecoded (nginx: proxy_pass without a path; Apache: "
                                     "AllowEncodedSlashes NoDecode, and nocanon; Caddy: no uri or rewrite)");
}

void judge_events(Findings& findings, std::optional<Milliseconds> latest)
{
    auto const advice = std::string{"(nginx: proxy_buffering off; Apache: flushpackets=on; Caddy: flush_interval 100ms)"};
    if (!latest)
        findings.mend("events",
                      "don't come: the proxy holds them back. Switch its buffering and compression of answers off " + advice);
    else if (*latest > kLateEvent)
        findings.mend("events", "come up to " + std::to_string(latest->count()) +
                                    " ms late: switch the proxy's buffering of answers off " + advice);
    else
        findings.well("events", "come within " + std::to_string(latest->count()) + " ms");
}

void examine_events(Doors const& doors, OwnRoom const& room)
{
    auto heard = Heard{};
    auto const listening = std::jthread{[&](std::stop_token const& stop) {
        (void)doors.through.ask_blocking({.path = room.api + "/events",
                                          .fields = {room.bearer},
                                          .hear = [&](std::string_view text) { heard.add(text); },
                                          .stop = stop,
                                          .patience = kEvents * kPatience + kPatience});
    }};
    auto latest = heard.wait_blocking("event: snapshot", kPatience);
    if (latest)
        latest = Milliseconds{0};
    for (auto i = 0; latest && i < kEvents; ++i) {
        auto const name = "event-" + std::to_string(i);
        (void)doors.straight.ask_blocking({"PUT", room.files + name, {room.bearer}, "x"});
        auto const late = heard.wait_blocking("\"" + name + "\"", kPatience);
        latest = late ? std::optional{std::max(*latest, *late)} : std::nullopt;
    }
    judge_events(doors.findings, latest);
}

}  // namespace

void examine_transfers(Doors const& doors)
{
    auto const room = open_room(doors);
    if (!room)
        return;
    examine_names(doors, *room);
    examine_events(doors, *room);
    examine_drafts(doors, *room);
    auto const large_took = examine_uploads(doors, *room);
    examine_downloads(doors, *room, large_took);
    close_room(doors, *room);
}

}  // namespace fleeting::app
