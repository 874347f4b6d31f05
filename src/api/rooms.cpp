#include "api/api.hpp"
#include "api/credentials.hpp"
#include "api/json.hpp"
#include "http/cookies.hpp"
#include "http/text.hpp"

#include <boost/json/serialize.hpp>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

json::object room_json(ApiContext const& context, Room const& room)
{
    return to_json(room, password_mark_of(room), context.parts.direct.least_size());
}

json::object session_json(NewSession const& made)
{
    return {{"token", made.token.hex()},
            {"role", made.session.role == Role::owner ? "owner" : "member"},
            {"nickname", made.session.nickname}};
}

Response entered(ApiContext const& context, Request const& request, NewSession const& made)
{
    auto body = json::object{{"room", room_json(context, made.room)}, {"session", session_json(made)}};
    if (!made.generated_password.empty())
        body["password"] = made.generated_password;
    auto response = http::json_response(201, json::serialize(body) + "\n");
    response.headers.set("Location", context.address("/" + http::percent_encoded(made.room.display_name) + "/"));
    give_session(request, response, made, context.parts.clock.now());
    return response;
}

Task<Response> create_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto fields, co_await fields_of(request));
    auto wish = CreateRoom{};
    CO_TRY(wish.name, fields.take_string("name"));
    CO_TRY(wish.password, fields.take_string("password"));
    CO_TRY(wish.ttl, fields.take_seconds("ttl_seconds"));
    CO_TRY(wish.nickname, fields.take_string("nickname"));
    CO_TRY(fields.finish());
    wish.network = request.peer.to_string();
    CO_TRY(auto const made, co_await context.parts.rooms.create(std::move(wish)));
    co_return entered(context, request, made);
}

Task<Response> join_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto password, fields.take_string("password"));
    auto wish = JoinRoom{request.parameters[0], password.value_or(""), {}, request.peer.to_string()};
    CO_TRY(wish.nickname, fields.take_string("nickname"));
    CO_TRY(fields.finish());
    wish.marks = known_marks_of(request);
    CO_TRY(auto const made, co_await context.parts.rooms.join(std::move(wish)));
    co_return entered(context, request, made);
}

Task<Response> leave_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    auto const room = admission.room.id;
    request.cut_at(nullptr);  // this one must be answered
    CO_TRY(co_await context.parts.rooms.leave(std::move(admission)));
    auto response = http::no_content();
    take_session(request, response, room);
    co_return response;
}

Task<Response> remove_member(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(co_await context.parts.rooms.remove_member(std::move(admission), request.parameters[1]));
    co_return http::no_content();
}

Task<Response> get_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto snapshot, co_await snapshot_of(context, admission.session));
    co_return http::json_response(200, std::move(snapshot.json));
}

Task<Response> change_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto fields, co_await fields_of(request));
    auto wish = ChangeRoom{};
    CO_TRY(wish.ttl, fields.take_seconds("ttl_seconds"));
    CO_TRY(wish.uploads_locked, fields.take_bool("locked"));
    CO_TRY(wish.door_locked, fields.take_bool("door_locked"));
    CO_TRY(wish.password, fields.take_string("password"));
    CO_TRY(fields.finish());
    CO_TRY(auto const room, co_await context.parts.rooms.change(std::move(admission), std::move(wish)));
    co_return http::json_response(200, json::serialize(json::object{{"room", room_json(context, room)}}));
}

Task<Response> close_room(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    request.cut_at(nullptr);  // this one must be answered
    CO_TRY(co_await context.parts.rooms.close(std::move(admission)));
    // The session is gone, and yet the browser keeps its cookie: it shows who may have the receipt.
    co_return http::no_content();
}

}  // namespace

Task<Snapshot> snapshot_of(ApiContext const& context, Session const& session)
{
    auto const& parts = context.parts;
    auto const now = parts.clock.now();
    // The version is read first: what changes meanwhile is told twice rather than never.
    CO_TRY(auto const room, co_await parts.store.find_room_by_id(session.room_id, now));
    CO_TRY(auto const entries, co_await parts.uploads.list(room.id));
    CO_TRY(auto const members, co_await parts.rooms.members(room.id));
    auto files = json::array{};
    for (auto const& entry : entries)
        files.push_back(to_json(entry));
    auto const me = json::object{{"id", member_id(session.id)},
                                 {"nickname", session.nickname},
                                 {"role", session.role == Role::owner ? "owner" : "member"}};
    auto const body = json::object{{"room", room_json(context, room)},
                                   {"files", std::move(files)},
                                   {"members", to_json(members)},
                                   {"server_time", to_rfc3339(now)},
                                   {"me", me}};
    co_return Snapshot{json::serialize(body), room.version};
}

static Task<Response> get_limits(ApiContext const& context)
{
    co_return http::json_response(200, json::serialize(to_json(context.parts.rooms.limits())));
}

void add_room_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/limits", [&context](Request&) { return get_limits(context); });
    router.add(Method::post, "/api/v1/rooms", [&context](Request& request) { return create_room(context, request); });
    router.add(Method::get, "/api/v1/rooms/{room}", [&context](Request& request) { return get_room(context, request); });
    router.add(Method::patch, "/api/v1/rooms/{room}", [&context](Request& request) { return change_room(context, request); });
    router.add(Method::delete_, "/api/v1/rooms/{room}", [&context](Request& request) { return close_room(context, request); });
    router.add(Method::post, "/api/v1/rooms/{room}/sessions",
               [&context](Request& request) { return join_room(context, request); });
    router.add(Method::delete_, "/api/v1/rooms/{room}/sessions/me",
               [&context](Request& request) { return leave_room(context, request); });
    router.add(Method::delete_, "/api/v1/rooms/{room}/members/{id}",
               [&context](Request& request) { return remove_member(context, request); });
}

}  // namespace fleeting::api
