// What passes through the proxy in a room of the doctor's own: names as they are, events at once, uploads as they are sent.

#include "app/doctor_doors.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <mutex>
#include <thread>

namespace fleeting::app {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = Milliseconds{5'000};
constexpr auto kLateEvent = Milliseconds{500};
constexpr auto kEvents = 5;
constexpr auto kStarted = std::size_t{1} << 20;

bool is_ours(Answer const& answer)
{
    return answer.field("Content-Type").starts_with("application/problem+json");
}

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

class RoomLook {
public:
    explicit RoomLook(Doors const& doors)
        : settings_(doors.settings), findings_(doors.findings), origin_(doors.url.origin), through_(doors.through),
          straight_(doors.straight)
    {
    }
    bool open_room();
    void close_room();
    void look_at_names();
    void look_at_events();
    void look_at_uploads();

private:
    void judge_events(std::optional<Milliseconds> latest);
    std::optional<Answer> send_slowly(std::string const& path, std::uint64_t size, bool& is_passed);
    [[nodiscard]] std::uint64_t stored_bytes() const;

    Settings const& settings_;
    Findings& findings_;
    std::string const& origin_;
    Visitor const& through_;
    Visitor const& straight_;
    std::string room_;    ///< its path in the interface
    std::string prefix_;  ///< its own path
    std::string bearer_;
};

bool RoomLook::open_room()
{
    auto const ttl = std::clamp(Seconds{60}, settings_.rooms.limits.ttl_min, settings_.rooms.limits.ttl_max);
    auto const body = json::serialize(json::object{{"ttl_seconds", ttl.count()}});
    // As a page does, which a wrong Host would make one of another site.
    auto const answer =
        through_.ask_blocking({"POST", "/api/v1/rooms", {"Origin: " + origin_, "Content-Type: application/json"}, body});
    if (!answer || answer->status != 201) {
        auto const why = answer ? told(*answer) : answer.error().detail;
        auto const advice = answer && answer->status == 429 ? ": too many were opened from here, try again in some minutes"
                            : answer && answer->status == 403
                                ? ": let the proxy pass Host on as it came (nginx: proxy_set_header Host "
                                  "$http_host; Apache: ProxyPreserveHost On)"
                                : ": does the proxy let POST and JSON pass?";
        findings_.mend("room", "none can be opened, " + why + advice);
        return false;
    }
    auto const made = object_of(answer->body);
    auto const name = http::percent_encoded(text_in(made.at("room").as_object(), "name"));
    prefix_ = "/" + name + "/";
    room_ = "/api/v1/rooms/" + name;
    bearer_ = "Authorization: Bearer " + text_in(made.at("session").as_object(), "token");
    findings_.well("room", "one was opened, and is ended again at the end");
    return true;
}

void RoomLook::close_room()
{
    auto const answer = straight_.ask_blocking({"DELETE", room_, {bearer_}});
    if (!answer || answer->status != 204)
        findings_.note("room", "the one that was opened couldn't be ended: it goes by itself in a minute");
}

/// A name whose bytes a proxy may be tempted to decode.
void RoomLook::look_at_names()
{
    auto const path = prefix_ + http::percent_encoded("a%2Fb+ü #?;.txt");
    auto const put = through_.ask_blocking({"PUT", path, {bearer_}, "as it was sent"});
    auto const got = put && put->status == 201 ? through_.ask_blocking({.path = path, .fields = {bearer_}}) : put;
    if (got && got->body == "as it was sent")
        return findings_.well("names", "pass as they are sent");
    findings_.mend("names", "a file with %, # or ? in its name is answered " + (got ? told(*got) : got.error().detail) +
                                ": let the proxy pass the path on undecoded (Apache: AllowEncodedSlashes NoDecode, and nocanon)");
}

void RoomLook::judge_events(std::optional<Milliseconds> latest)
{
    if (!latest)
        findings_.mend("events",
                       "don't come: the proxy holds them back. Switch its buffering and compression of answers off (nginx: "
                       "proxy_buffering off; Apache: flushpackets=on)");
    else if (*latest > kLateEvent)
        findings_.mend("events",
                       "come up to " + std::to_string(latest->count()) + " ms late: switch the proxy's buffering of answers off");
    else
        findings_.well("events", "come within " + std::to_string(latest->count()) + " ms");
}

void RoomLook::look_at_events()
{
    auto heard = Heard{};
    auto const listening = std::jthread{[&](std::stop_token const& stop) {
        (void)through_.ask_blocking({.path = room_ + "/events",
                                     .fields = {bearer_},
                                     .hear = [&](std::string_view text) { heard.add(text); },
                                     .stop = stop,
                                     .patience = kEvents * kPatience + kPatience});
    }};
    auto latest = heard.wait_blocking("event: snapshot", kPatience);
    if (latest)
        latest = Milliseconds{0};
    for (auto i = 0; latest && i < kEvents; ++i) {
        auto const name = "event-" + std::to_string(i);
        (void)straight_.ask_blocking({"PUT", prefix_ + name, {bearer_}, "x"});
        auto const late = heard.wait_blocking("\"" + name + "\"", kPatience);
        latest = late ? std::optional{std::max(*latest, *late)} : std::nullopt;
    }
    judge_events(latest);
}

std::uint64_t RoomLook::stored_bytes() const
{
    auto const answer = straight_.ask_blocking({.path = room_, .fields = {bearer_}});
    auto const room = answer ? object_of(answer->body) : json::object{};
    auto const* const files = room.if_contains("files");
    auto most = std::uint64_t{0};
    for (auto const& file : files != nullptr && files->is_array() ? files->as_array() : json::array{})
        if (auto const* const offset = file.as_object().if_contains("offset_bytes"))
            most = std::max(most, offset->to_number<std::uint64_t>());
    return most;
}

/// The first MiB of a body of `size`, and then next to nothing: whether the server has that MiB while the rest is still to come.
std::optional<Answer> RoomLook::send_slowly(std::string const& path, std::uint64_t size, bool& is_passed)
{
    auto answer = std::optional<Answer>{};
    auto is_over = std::atomic<bool>{false};
    auto const fields = std::vector<std::string>{bearer_, "Tus-Resumable: 1.0.0", "Upload-Offset: 0",
                                                 "Content-Type: application/offset+octet-stream"};
    {
        auto const sending = std::jthread{[&](std::stop_token const& stop) {
            auto got = through_.ask_blocking({"PATCH", path, fields, std::string(kStarted, 'x'), size, {}, stop, 2 * kPatience});
            if (got && !stop.stop_requested())
                answer = *std::move(got);
            is_over = true;
        }};
        auto const begun = Clock::now();
        while (!is_passed && !is_over && Clock::now() - begun < kPatience) {
            is_passed = stored_bytes() >= kStarted;
            std::this_thread::sleep_for(Milliseconds{50});
        }
    }
    return answer;
}

void RoomLook::look_at_uploads()
{
    auto const& limits = settings_.rooms.limits;
    auto const size = std::min(limits.file_size.value, limits.room_size.value - kStarted);
    auto const text = std::to_string(size >> 20) + " MiB";
    auto const made = through_.ask_blocking(
        {"POST",
         room_ + "/files",
         {bearer_, "Tus-Resumable: 1.0.0", "Upload-Length: " + std::to_string(size), "Upload-Metadata: filename bGFyZ2U="}});
    if (!made || made->status != 201)
        return findings_.mend("uploads",
                              "a file of " + text + " is answered " + (made ? told(*made) : made.error().detail) +
                                  (made && made->status == 507 ? ": make room on the disk, or lower file-size-limit" : ""));
    auto const location = made->field("Location");
    auto const base = location.find(settings_.api.base_path + "/api/");
    auto const path = location.substr(base == std::string::npos ? 0 : base + settings_.api.base_path.size());
    auto is_passed = false;
    auto const answer = send_slowly(path, size, is_passed);
    if (answer && answer->status == 413 && !is_ours(*answer))
        return findings_.mend("uploads",
                              "the proxy refuses a file of " + text + " (" + told(*answer) +
                                  "): take its limit away (nginx: client_max_body_size 0; Apache: LimitRequestBody 0)");
    if (answer && answer->status >= 400)
        return findings_.mend("uploads",
                              "PATCH is answered " + told(*answer) + ": let the proxy pass PATCH, HEAD, OPTIONS and DELETE");
    if (!is_passed)
        return findings_.mend("uploads",
                              "the proxy holds them back until it has all: its disk fills, and they don't resume. Switch its "
                              "buffering of requests off (nginx: proxy_request_buffering off)");
    findings_.well("uploads", "pass as they are sent, up to " + text);
}

}  // namespace

void examine_transfers(Doors const& doors)
{
    auto look = RoomLook{doors};
    if (!look.open_room())
        return;
    look.look_at_names();
    look.look_at_events();
    look.look_at_uploads();
    look.close_room();
}

}  // namespace fleeting::app
