// GET …/events: what happens in a room, as server-sent events. docs/protocol.md lists them.

#include "api/api.hpp"
#include "api/json.hpp"
#include "domain/sizes.hpp"
#include "http/sse.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;
using Steady = std::chrono::steady_clock;

constexpr auto kHeartbeat = Milliseconds{15'000};
// How long one wait lasts: also how late a closed connection or a passed deadline is noticed.
constexpr auto kPatience = Milliseconds{1'000};
// Changes of who is there are told together: at once in a small room, each two seconds in one of two thousand.
constexpr auto kMembersPause = Milliseconds{20};
constexpr auto kPauseForEachMember = Milliseconds{1};

/// An event as it goes over the wire; `id` is told with the last line of what one change makes.
struct ToSse {
    std::optional<std::uint64_t> id;
    std::optional<ByteCount> direct_from;

    std::string operator()(FileAdded const& e) const { return told("file-added", {{"file", to_json(e.file)}}); }
    std::string operator()(FileProgressed const& e) const { return told("file-progress", {{"file", to_json(e.file)}}); }
    std::string operator()(FileRemoved const& e) const { return told("file-removed", {{"id", e.id.hex()}, {"by", e.by}}); }
    std::string operator()(FilesTaken const& e) const
    {
        auto text = std::string{};
        for (auto const& file : e.files) {
            auto const body = json::object{{"id", file.hex()}, {"member_id", member_id(e.member)}};
            text += http::to_sse("file-taken", json::serialize(body), &file == &e.files.back() ? id : std::nullopt);
        }
        return text;
    }
    std::string operator()(MembersChanged const&) const { return {}; }  // streams read the list
    std::string operator()(EventsMissed const&) const { return {}; }    // and the room
    std::string operator()(MemberRemoved const& e) const { return told("member-removed", {{"by", e.by}}); }
    std::string operator()(RoomChanged const& e) const { return told("room-changed", {{"room", to_json(e.room, direct_from)}}); }
    std::string operator()(RoomEnded const& e) const
    {
        auto const reason = e.reason == EndReason::expired ? "expired" : "closed";
        return told("room-ended", {{"reason", reason}, {"ended_at", to_rfc3339(e.ended_at)}});
    }

private:
    [[nodiscard]] std::string told(std::string_view name, json::object const& body) const
    {
        return http::to_sse(name, json::serialize(body), id);
    }
};

/// One page's stream, from its first byte to the room's end.
class EventStream {
public:
    EventStream(ApiContext const& context, Admission admission, std::unique_ptr<Subscription> subscription,
                http::BodyWriter& writer)
        : context_(context), admission_(std::move(admission)), subscription_(std::move(subscription)), writer_(writer)
    {
    }

    Task<> run()
    {
        CO_TRY(co_await send("retry: 1000\n\n"));
        if (!subscription_->is_gapless()) {
            CO_TRY(co_await send_snapshot());
        } else {
            note_members_changed();
            is_progress_due_ = true;
        }
        while (!has_ended_ && !writer_.is_peer_gone()) {
            auto const patience = patience_now();
            CO_TRY(auto const event, co_await subscription_->next(patience));
            CO_TRY(event ? co_await send_event(*event) : co_await send_nothing(patience));
            if (members_due_ && Steady::now() >= *members_due_ && !has_ended_) {
                CO_TRY(co_await send_members());
            }
        }
        co_return Result<>{};
    }

private:
    /// text   which outlives the call
    Task<> send(std::string_view text) { co_return co_await writer_.write(std::as_bytes(std::span{text})); }

    Task<> send_snapshot()
    {
        CO_TRY(auto const snapshot, co_await snapshot_of(context_, admission_));
        subscription_->skip_to(snapshot.version);
        co_return co_await send(http::to_sse("snapshot", snapshot.json, subscription_->seen_version()));
    }

    /// They are told soon: not again before what the last list was long.
    void note_members_changed()
    {
        members_changed_at_ = Steady::now();
        if (members_due_)
            return;
        auto earliest = members_changed_at_;
        if (members_)
            earliest = std::max(earliest, members_->read_at + kPauseForEachMember * static_cast<int>(members_->size));
        members_due_ = earliest + kMembersPause;
    }

    Task<> send_members()
    {
        members_due_.reset();
        CO_TRY(members_, co_await context_.parts.members.read_since(admission_.room.id, members_changed_at_));
        co_return co_await send(members_->event);
    }

    /// Progress has no id and isn't told again by one: who comes back hears how far each upload is now.
    Task<> send_progress()
    {
        is_progress_due_ = false;
        CO_TRY(auto const files, co_await context_.parts.uploads.list(admission_.room.id));
        for (auto const& file : files)
            if (!file.is_complete()) {
                CO_TRY(co_await send_event(Event{0, FileProgressed{file}}));
            }
        co_return Result<>{};
    }

    [[nodiscard]] Milliseconds patience_now() const
    {
        // After what was missed: an upload that was added meanwhile is told as it began.
        if (is_progress_due_)
            return Milliseconds{1};
        if (!members_due_)
            return kPatience;
        auto const left = std::chrono::ceil<Milliseconds>(*members_due_ - Steady::now());
        return std::clamp(left, Milliseconds{1}, kPatience);
    }

    Task<> send_event(Event const& event)
    {
        auto const* const removed = std::get_if<MemberRemoved>(&event.what);
        auto const is_ours = removed != nullptr && removed->member == admission_.session.id;
        if (std::holds_alternative<MembersChanged>(event.what) || (removed != nullptr && !is_ours)) {
            note_members_changed();
            co_return Result<>{};
        }
        if (std::holds_alternative<EventsMissed>(event.what))
            co_return co_await send_snapshot();
        has_ended_ = is_ours || std::holds_alternative<RoomEnded>(event.what);
        auto const id = event.version == 0 ? std::nullopt : std::optional{subscription_->seen_version()};
        co_return co_await send(std::visit(ToSse{id, context_.parts.direct.least_size()}, event.what));
    }

    Task<> send_nothing(Milliseconds waited)
    {
        auto const now = context_.parts.clock.now();
        // The reaper tells the end; should it be late, the deadline holds all the same.
        auto const& room = admission_.cutoff->room();
        if (room.has_passed(now))
            co_return co_await send_event(Event{0, RoomEnded{EndReason::expired, room.at()}});
        if (is_progress_due_)
            co_return co_await send_progress();
        waited_ += waited;
        if (waited_ < kHeartbeat)
            co_return Result<>{};
        waited_ = {};
        co_return co_await send(http::sse_heartbeat());
    }

    ApiContext const& context_;
    Admission admission_;
    std::unique_ptr<Subscription> subscription_;
    http::BodyWriter& writer_;
    std::shared_ptr<MemberList const> members_;      ///< as told last
    Steady::time_point members_changed_at_;          ///< the last time
    std::optional<Steady::time_point> members_due_;  ///< when they are told, if they have changed
    Milliseconds waited_{0};
    bool is_progress_due_ = false;
    bool has_ended_ = false;
};

std::optional<std::uint64_t> last_event_id(Request const& request)
{
    auto const text = request.headers.find("Last-Event-ID");
    auto const id = parse_size(text.value_or(""), "Last-Event-ID");
    return text && id ? std::optional{id->value} : std::nullopt;
}

/// What a response carries from its handler to the moment when its body is written.
struct OpenedStream {
    Admission admission;
    std::unique_ptr<Subscription> subscription;
};

Task<> write_events(ApiContext const& context, std::shared_ptr<OpenedStream> opened, http::BodyWriter& writer)
{
    auto stream = EventStream{context, std::move(opened->admission), std::move(opened->subscription), writer};
    co_return co_await stream.run();
}

Task<Response> open_events(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto subscription,
           co_await context.parts.bus.subscribe(admission.room.id, admission.session.id, last_event_id(request)));
    // The stream tells the end itself before it closes.
    request.end_at(admission.cutoff);
    auto response = Response{};
    response.headers.set("Content-Type", "text/event-stream; charset=utf-8").set("Cache-Control", "no-store, no-transform");
    response.headers.set("X-Accel-Buffering", "no");
    auto opened = std::make_shared<OpenedStream>(std::move(admission), std::move(subscription));
    response.body =
        http::StreamBody{[&context, opened](http::BodyWriter& writer) { return write_events(context, opened, writer); }, {}};
    co_return response;
}

}  // namespace

void add_event_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/events",
               [&context](Request& request) { return open_events(context, request); });
}

}  // namespace fleeting::api
