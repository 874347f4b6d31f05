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
// Changes of who is there are told together: at once in a small room, each two seconds in one of two thousand.
constexpr auto kMembersPause = Milliseconds{20};
constexpr auto kPauseForEachMember = Milliseconds{1};

/// An event as it goes over the wire; `id` is told with the last line of what one change makes.
struct ToSse {
    std::optional<std::uint64_t> id;
    std::optional<ByteCount> direct_from;

    std::string operator()(FileAdded const& e) const { return told("file-added", {{"file", to_json(e.file)}}); }
    std::string operator()(FileProgressed const& e) const { return told("file-progress", {{"file", to_json(e.file)}}); }
    std::string operator()(FileRemoved const& e) const
    {
        auto body = json::object{{"id", e.id.hex()}, {"by", e.by}};
        if (e.is_infected)
            body["reason"] = "file_infected";
        return told("file-removed", body);
    }
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
    std::string operator()(RoomChanged const& e) const
    {
        return told("room-changed", {{"room", to_json(e.room, e.password_mark, direct_from)}});
    }
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
class EventStream final : public http::LastingBody {
public:
    EventStream(ApiContext const& context, Admission admission, std::unique_ptr<Subscription> subscription)
        : context_(context), session_(std::move(admission.session)), cutoff_(std::move(admission.cutoff)),
          subscription_(std::move(subscription))
    {
    }

    Task<bool> begin(http::BodyWriter& writer, std::function<void()> wake) override
    {
        subscription_->on_news(std::move(wake));
        CO_TRY(co_await send(writer, "retry: 1000\n\n"));
        if (!subscription_->is_gapless()) {
            CO_TRY(co_await send_snapshot(writer));
        } else {
            note_members_changed();
            is_progress_due_ = true;
        }
        co_return co_await take_turn(writer);
    }

    Task<bool> take_turn(http::BodyWriter& writer) override
    {
        CO_TRY(auto const count, co_await send_news(writer));
        if (!has_ended_ && count == 0 && writer.is_peer_gone())
            co_return false;
        if (!has_ended_) {
            CO_TRY(co_await send_what_is_due(writer));
        }
        co_return !has_ended_;
    }

    [[nodiscard]] Steady::time_point next_turn() const override
    {
        return std::min(heartbeat_at_, members_due_.value_or(heartbeat_at_));
    }

private:
    /// text   which outlives the call
    static Task<> send(http::BodyWriter& writer, std::string_view text)
    {
        co_return co_await writer.write(std::as_bytes(std::span{text}));
    }

    Task<> send_snapshot(http::BodyWriter& writer)
    {
        CO_TRY(auto const snapshot, co_await snapshot_of(context_, session_));
        subscription_->skip_to(snapshot.version);
        co_return co_await send(writer, http::to_sse("snapshot", snapshot.json, subscription_->seen_version()));
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

    Task<> send_members(http::BodyWriter& writer)
    {
        members_due_.reset();
        CO_TRY(members_, co_await context_.parts.members.read_since(session_.room_id, members_changed_at_));
        co_return co_await send(writer, members_->event);
    }

    /// Progress has no id and isn't told again by one: who comes back hears how far each upload is now.
    Task<> send_progress(http::BodyWriter& writer)
    {
        is_progress_due_ = false;
        CO_TRY(auto const files, co_await context_.parts.uploads.list(session_.room_id));
        for (auto const& file : files)
            if (!file.is_complete()) {
                auto const progress = SharedEvent{Event{0, FileProgressed{file}}};
                CO_TRY(co_await send_event(writer, progress));
            }
        co_return Result<>{};
    }

    /// How many there were.
    Task<int> send_news(http::BodyWriter& writer)
    {
        auto count = 0;
        while (!has_ended_) {
            CO_TRY(auto const event, subscription_->take());
            if (!event)
                break;
            CO_TRY(co_await send_event(writer, *event));
            ++count;
        }
        co_return count;
    }

    /// event   which outlives the call
    Task<> send_event(http::BodyWriter& writer, SharedEvent const& event)
    {
        auto const* const removed = std::get_if<MemberRemoved>(&event.what());
        auto const is_ours = removed != nullptr && removed->member == session_.id;
        if (std::holds_alternative<MembersChanged>(event.what()) || (removed != nullptr && !is_ours)) {
            note_members_changed();
            co_return Result<>{};
        }
        if (std::holds_alternative<EventsMissed>(event.what()))
            co_return co_await send_snapshot(writer);
        has_ended_ = is_ours || std::holds_alternative<RoomEnded>(event.what());
        auto const id = event.version() == 0 ? std::nullopt : std::optional{subscription_->seen_version()};
        auto const to_sse = ToSse{id, context_.parts.direct.least_size()};
        auto const text = event.text(id, [&] { return std::visit(to_sse, event.what()); });
        co_return co_await send(writer, *text);
    }

    Task<> send_what_is_due(http::BodyWriter& writer)
    {
        // The reaper tells the end; should it be late, the deadline holds all the same.
        if (auto const& room = cutoff_->room(); room.has_passed(context_.parts.clock.now())) {
            auto const ended = SharedEvent{Event{0, RoomEnded{EndReason::expired, room.at()}}};
            co_return co_await send_event(writer, ended);
        }
        // After what was missed: an upload that was added meanwhile is told as it began.
        if (is_progress_due_) {
            CO_TRY(co_await send_progress(writer));
        }
        auto const now = Steady::now();
        if (members_due_ && now >= *members_due_) {
            CO_TRY(co_await send_members(writer));
        }
        if (now < heartbeat_at_)
            co_return Result<>{};
        heartbeat_at_ = now + kHeartbeat;
        co_return co_await send(writer, http::sse_heartbeat());
    }

    ApiContext const& context_;
    Session session_;
    std::shared_ptr<Cutoff const> cutoff_;
    std::unique_ptr<Subscription> subscription_;
    std::shared_ptr<MemberList const> members_;      ///< as told last
    Steady::time_point members_changed_at_;          ///< the last time
    std::optional<Steady::time_point> members_due_;  ///< when they are told, if they have changed
    Steady::time_point heartbeat_at_ = Steady::now() + kHeartbeat;
    bool is_progress_due_ = false;
    bool has_ended_ = false;
};

std::optional<std::uint64_t> last_event_id(Request const& request)
{
    auto const text = request.headers.find("Last-Event-ID");
    auto const id = parse_size(text.value_or(""), "Last-Event-ID");
    return text && id ? std::optional{id->value} : std::nullopt;
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
    response.body = std::make_unique<EventStream>(context, std::move(admission), std::move(subscription));
    co_return response;
}

}  // namespace

void add_event_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/events",
               [&context](Request& request) { return open_events(context, request); });
}

}  // namespace fleeting::api
