// The room that the doctor opens, or why it can't.

#include "app/doctor_room.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace fleeting::app {
namespace {

namespace json = boost::json;

constexpr auto kUnseen = std::string_view{"Names, events, uploads and downloads weren't looked at: "};

Result<Answer> ask_for_room(Doors const& doors)
{
    auto const& limits = doors.settings.rooms.limits;
    auto const ttl = std::clamp(Seconds{60}, limits.ttl_min, limits.ttl_max);
    auto fields = std::vector<std::string>{"Content-Type: application/json"};
    if (doors.is_own_origin)
        fields.push_back("Origin: " + doors.url.origin);  // as a page does
    return doors.through.ask_blocking(
        {"POST", "/api/v1/rooms", fields, json::serialize(json::object{{"ttl_seconds", ttl.count()}})});
}

std::string minutes_until_retry(Answer const& answer)
{
    auto seconds = 60;
    auto const told = answer.field("Retry-After");
    std::from_chars(told.data(), told.data() + told.size(), seconds);
    auto const minutes = (std::max(seconds, 1) + 59) / 60;
    return minutes == 1 ? "a minute" : std::to_string(minutes) + " minutes";
}

void explain(Findings& findings, Answer const& answer)
{
    auto const code = code_of(answer);
    auto const none = "none can be opened, " + told(answer);
    if (code == "draining")
        findings.note("room", "this node drains and opens none. " + std::string{kUnseen} +
                                  "run it again after fleeting admin drain --undo");
    else if (code == "rate_limited")
        findings.note("room", "as many were opened from here as may be. " + std::string{kUnseen} + "run it again in " +
                                  minutes_until_retry(answer));
    else if (code == "address_blocked")
        tell_blocked(findings, answer);
    else if (code == "cross_site")
        findings.mend("room", none + ": let the proxy pass Origin on as it came");
    else if (!code.empty())
        findings.mend("room", none + ": the server says that itself, and its log why");
    else if (answer.status == 429)
        findings.mend("room", none + ": that is a limit of the proxy's own. The server has limits itself");
    else
        findings.mend("room", none + ": does the proxy let POST and JSON pass?");
}

}  // namespace

std::optional<OwnRoom> open_room(Doors const& doors)
{
    auto const answer = ask_for_room(doors);
    if (!answer)
        doors.findings.mend("room", "none can be opened, " + answer.error().detail + ": does the proxy let POST and JSON pass?");
    else if (answer->status != 201)
        explain(doors.findings, *answer);
    if (!answer || answer->status != 201)
        return std::nullopt;
    auto const made = object_of(answer->body);
    auto const name = http::percent_encoded(text_in(made.at("room").as_object(), "name"));
    doors.findings.well("room", "one was opened, and is ended again at the end");
    return OwnRoom{"/api/v1/rooms/" + name, "/" + name + "/",
                   "Authorization: Bearer " + text_in(made.at("session").as_object(), "token")};
}

void close_room(Doors const& doors, OwnRoom const& room)
{
    auto const answer = doors.straight.ask_blocking({"DELETE", room.api, {room.bearer}});
    if (!answer || answer->status != 204)
        doors.findings.note("room", "the one that was opened couldn't be ended: it goes by itself in a minute");
}

Result<Answer> put_large(Visitor const& way, OwnRoom const& room)
{
    auto ask = Ask{"PUT", room.files + std::string{LargeFile::kName}, {room.bearer}, std::string(LargeFile::kSize, 'x')};
    ask.is_http_1_1 = true;
    return way.ask_blocking(ask);
}

json::array files_in(Doors const& doors, OwnRoom const& room)
{
    auto const answer = doors.straight.ask_blocking({.path = room.api, .fields = {room.bearer}});
    auto const told = answer ? object_of(answer->body) : json::object{};
    auto const* const files = told.if_contains("files");
    return files != nullptr && files->is_array() ? files->as_array() : json::array{};
}

}  // namespace fleeting::app
