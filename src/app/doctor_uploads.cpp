// Uploads through the proxy: each byte as it is sent, and as many as the server takes.

#include "app/doctor_room.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace fleeting::app {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = Milliseconds{5'000};
constexpr auto kStarted = std::size_t{1} << 20;
constexpr auto kAftermath = Milliseconds{500};  // until the server has noticed that an upload was cut, and kept what it had
constexpr auto kBodyLimits = "(nginx: client_max_body_size 0; Caddy: no request_body max_size; Apache: LimitRequestBody 0)";
constexpr auto kSlow = std::string_view{"slow"};

/// What became of an upload that sends its first MiB at once, and then next to nothing.
struct Course {
    std::uint64_t stored = 0;     ///< bytes that the server has while the rest is still to come
    std::atomic<bool> is_over{};  ///< before its time: nobody waits for the rest
    std::optional<Answer> answer;
    std::string trouble;  ///< in place of an answer
};

class UploadLook {
public:
    UploadLook(Doors const& doors, OwnRoom const& room) : doors_(doors), room_(room), findings_(doors.findings) {}
    std::optional<Milliseconds> examine();

private:
    std::optional<std::string> announce(std::uint64_t size);
    void send_slowly(std::string const& path, std::uint64_t size, Course& course);
    bool judge(Course const& course, std::string const& size);
    void judge_end(Course const& course, std::string const& size);
    bool pass_as_they_are_sent(std::uint64_t size);
    bool has_ended_large(Result<Answer> const& put);
    [[nodiscard]] std::uint64_t stored_bytes() const;

    Doors const& doors_;
    OwnRoom const& room_;
    Findings& findings_;
};

std::uint64_t UploadLook::stored_bytes() const
{
    for (auto const& each : files_in(doors_, room_))
        if (auto const& file = each.as_object(); text_in(file, "name") == kSlow)
            return file.at("offset_bytes").to_number<std::uint64_t>();
    return 0;
}

/// The path of a new upload of that size; nothing where it isn't taken, which is told.
std::optional<std::string> UploadLook::announce(std::uint64_t size)
{
    auto const made = doors_.through.ask_blocking(
        {"POST",
         room_.api + "/files",
         {room_.bearer, "Tus-Resumable: 1.0.0", "Upload-Length: " + std::to_string(size), "Upload-Metadata: filename c2xvdw=="}});
    if (!made || made->status != 201) {
        findings_.mend("uploads", "a file of " + std::to_string(size >> 20) + " MiB is answered " +
                                      (made ? told(*made) : made.error().detail) +
                                      (made && made->status == 507 ? ": make room on the disk, or lower file-size-limit" : ""));
        return std::nullopt;
    }
    auto const location = made->field("Location");
    auto const& base_path = doors_.settings.api.base_path;
    auto const base = location.find(base_path + "/api/");
    return location.substr(base == std::string::npos ? 0 : base + base_path.size());
}

void UploadLook::send_slowly(std::string const& path, std::uint64_t size, Course& course)
{
    auto const fields = std::vector<std::string>{room_.bearer, "Tus-Resumable: 1.0.0", "Upload-Offset: 0",
                                                 "Content-Type: application/offset+octet-stream"};
    auto const sending = std::jthread{[&](std::stop_token const& stop) {
        auto got =
            doors_.through.ask_blocking({"PATCH", path, fields, std::string(kStarted, 'x'), size, {}, stop, 2 * kPatience});
        if (stop.stop_requested())
            return;
        if (got)
            course.answer = *std::move(got);
        else
            course.trouble = got.error().detail;
        course.is_over = true;
    }};
    auto until = Clock::now() + kPatience;
    while (course.stored < kStarted && Clock::now() < until) {
        if (course.is_over)
            until = std::min(until, Clock::now() + kAftermath);
        std::this_thread::sleep_for(Milliseconds{50});
        course.stored = stored_bytes();
    }
}

/// Of one that was ended by somebody in between.
void UploadLook::judge_end(Course const& course, std::string const& size)
{
    auto const how = course.answer ? told(*course.answer) : course.trouble;
    if (course.answer && course.answer->status == 413)
        findings_.mend("uploads", "the proxy refuses a file of " + size + " (" + how + "): take its limit away " + kBodyLimits);
    else if (course.stored > 0)
        findings_.mend("uploads", "pass as they are sent, but the proxy ends one of " + size + " after " +
                                      std::to_string(course.stored >> 10) + " KiB (" + how + "): take its limit away " +
                                      kBodyLimits);
    else
        findings_.mend("uploads", "PATCH is answered " + how +
                                      ": let the proxy pass PATCH, HEAD, OPTIONS and DELETE, and take its limit on bodies away " +
                                      kBodyLimits);
}

/// Whether it was well; else that is told.
bool UploadLook::judge(Course const& course, std::string const& size)
{
    if (course.answer && !code_of(*course.answer).empty())
        findings_.mend("uploads", "the server answers " + told(*course.answer) + " to a file of " + size + ": its log says why");
    else if (course.is_over)
        judge_end(course, size);
    else if (course.stored < kStarted)
        findings_.mend("uploads", "the proxy holds them back until it has all: its disk fills, and they don't resume. Switch its "
                                  "buffering of requests off (nginx: proxy_request_buffering off; Caddy: no buffer_requests or "
                                  "request_buffers)");
    return !course.is_over && course.stored >= kStarted;
}

bool UploadLook::pass_as_they_are_sent(std::uint64_t size)
{
    auto const path = announce(size);
    if (!path)
        return false;
    auto course = Course{};
    send_slowly(*path, size, course);
    // What it was announced as no longer counts.
    (void)doors_.straight.ask_blocking({"DELETE", *path, {room_.bearer, "Tus-Resumable: 1.0.0"}});
    return judge(course, std::to_string(size >> 20) + " MiB");
}

/// By somebody in between, who counts what comes and not what is announced.
bool UploadLook::has_ended_large(Result<Answer> const& put)
{
    return put ? put->status != 201 && code_of(*put).empty() : !put.error().detail.contains("timed out");
}

std::optional<Milliseconds> UploadLook::examine()
{
    auto const& limits = doors_.settings.rooms.limits;
    auto const size = std::min(limits.file_size.value, limits.room_size.value - kStarted);
    auto const do_pass = pass_as_they_are_sent(size);
    auto const begun = Clock::now();
    auto const put = put_large(doors_.through, room_);
    auto const took = std::chrono::duration_cast<Milliseconds>(Clock::now() - begun);
    if (do_pass && has_ended_large(put))
        findings_.mend("uploads", "pass as they are sent, but the proxy ends one of " + std::string{LargeFile::kText} + " (" +
                                      (put ? told(*put) : put.error().detail) + "): take its limit away " + kBodyLimits);
    else if (do_pass)
        findings_.well("uploads", "pass as they are sent, up to " + std::to_string(size >> 20) + " MiB");
    return put && put->status == 201 ? std::optional{took} : std::nullopt;
}

}  // namespace

std::optional<Milliseconds> examine_uploads(Doors const& doors, OwnRoom const& room)
{
    return UploadLook{doors, room}.examine();
}

}  // namespace fleeting::app
