#include "api/admin.hpp"

#include "api/json.hpp"
#include "api/problems.hpp"
#include "http/text.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr auto kUsualRooms = std::uint64_t{200};
constexpr auto kMostRooms = std::uint64_t{10'000};

Response answer(json::object const& body)
{
    return http::json_response(200, json::serialize(body) + "\n");
}

json::object to_json(RoomSummary const& room, Instant now)
{
    auto const seconds = [](Milliseconds time) { return std::chrono::duration_cast<Seconds>(time).count(); };
    return {{"id", room.id.hex()},
            {"created_at", to_rfc3339(room.created_at)},
            {"expires_at", to_rfc3339(room.expires_at)},
            {"age_seconds", seconds(now - room.created_at)},
            {"left_seconds", seconds(room.expires_at - now)},
            {"used_bytes", room.used.value},
            {"size_limit_bytes", room.size_limit.value},
            {"files", room.files},
            {"uploads", room.uploads},
            {"members", room.members},
            {"locked", room.uploads_locked},
            {"door_locked", room.door_locked}};
}

json::object to_json(RoomTotals const& totals, Instant now)
{
    auto const oldest = totals.oldest_purge;
    auto const late = oldest && *oldest < now ? (now - *oldest).count() : 0;
    return {{"rooms", totals.rooms},
            {"files", totals.files},
            {"used_bytes", totals.used.value},
            {"blobs_to_erase", totals.purges},
            {"oldest_late_ms", late}};
}

json::object to_json(Lateness const& lateness)
{
    return {{"rooms", lateness.count},
            {"mean_ms", lateness.count == 0 ? 0 : lateness.sum.count() / static_cast<std::int64_t>(lateness.count)},
            {"last_ms", lateness.last.count()},
            {"worst_ms", lateness.worst.count()},
            {"over_1s", lateness.over_1s}};
}

json::array to_json(std::vector<EngineHealth> const& engines)
{
    auto told = json::array{};
    for (auto const& engine : engines)
        told.push_back(json::object{{"name", engine.name},
                                    {"well", engine.is_well},
                                    {"trouble", engine.trouble},
                                    {"answered_in_ms", engine.answered_in.count()}});
    return told;
}

Task<Response> asset(AdminContext const& context, Request const& request, std::string path)
{
    auto const* const found = context.find_asset(path);
    if (found == nullptr)
        co_return fail(Errc::not_found, "no such asset");
    co_return http::asset_response(request, *found);
}

Result<std::uint64_t> limit_of(Request const& request)
{
    auto const text = request.find_query("limit");
    if (!text)
        return kUsualRooms;
    auto limit = std::uint64_t{0};
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size() || limit == 0 || limit > kMostRooms)
        return fail_field(Errc::invalid_request, "limit", "not a number from 1 to 10000");
    return limit;
}

Task<Response> get_rooms(AdminContext const& context, Request& request)
{
    CO_TRY(auto const limit, limit_of(request));
    CO_TRY(auto const rooms, co_await context.service.rooms(limit));
    CO_TRY(auto const totals, co_await context.service.totals());
    auto const now = context.clock.now();
    auto list = json::array{};
    for (auto const& room : rooms)
        list.push_back(to_json(room, now));
    co_return answer({{"server_time", to_rfc3339(now)}, {"total", to_json(totals, now)}, {"rooms", std::move(list)}});
}

/// What refused requests met, the codes that were met at all.
json::object limits_hit()
{
    auto told = json::object{};
    for (auto const& [code, count] : refusals())
        if (count > 0)
            told[code] = count;
    return told;
}

Task<Response> get_health(AdminContext const& context, Request&)
{
    CO_TRY(auto const node, co_await context.look());
    auto const totals = co_await context.service.totals();
    auto const now = context.clock.now();
    auto const up = std::chrono::duration_cast<Seconds>(std::chrono::steady_clock::now() - context.started_at);
    auto body = json::object{{"server_time", to_rfc3339(now)},
                             {"version", context.version},
                             {"up_seconds", up.count()},
                             {"ready", node.not_ready_because.empty()},
                             {"not_ready_because", node.not_ready_because},
                             {"draining", context.service.is_draining()},
                             {"engines", to_json(node.engines)},
                             {"lateness", to_json(context.metrics.lateness())},
                             {"limits_hit", limits_hit()},
                             {"figures", json::object{}},
                             {"disk", nullptr},
                             {"total", nullptr}};
    for (auto const& [name, value] : context.metrics.figures())
        body["figures"].as_object()[name] = value;
    if (node.disk)
        body["disk"] = {{"free_bytes", node.disk->free.value},
                        {"total_bytes", node.disk->total.value},
                        {"floor_bytes", node.disk->floor.value}};
    if (totals)
        body["total"] = to_json(*totals, now);
    co_return answer(body);
}

Task<Response> end_room(AdminContext const& context, Request& request)
{
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto const id, fields.take_string("id"));
    CO_TRY(auto const name, fields.take_string("name"));
    CO_TRY(fields.finish());
    if (id.has_value() == name.has_value())
        co_return fail_field(Errc::invalid_request, "id", "the id of a room, or its name");
    if (name) {
        CO_TRY(co_await context.service.end_room_named(*name));
        co_return http::no_content();
    }
    auto const room = RoomId::parse(*id);
    if (!room)
        co_return fail_field(Errc::not_found, "id", "no such room");
    CO_TRY(co_await context.service.end_room(*room));
    co_return http::no_content();
}

Task<Response> get_blocks(AdminContext const& context, Request&)
{
    CO_TRY(auto const blocks, co_await context.service.blocks());
    auto list = json::array{};
    for (auto const& block : blocks)
        list.push_back(json::object{
            {"block", block.value}, {"kind", block.digest ? "digest" : "range"}, {"created_at", to_rfc3339(block.created_at)}});
    co_return answer({{"blocks", std::move(list)}});
}

Task<Response> add_block(AdminContext const& context, Request& request)
{
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto const wish, fields.take_string("block"));
    CO_TRY(fields.finish());
    CO_TRY(auto const value, co_await context.service.block(wish.value_or("")));
    co_return answer({{"block", value}});
}

Task<Response> remove_block(AdminContext const& context, Request& request)
{
    CO_TRY(co_await context.service.unblock(request.parameters[0]));
    co_return http::no_content();
}

Task<Response> drain(AdminContext const& context, Request& request)
{
    CO_TRY(auto fields, co_await fields_of(request));
    CO_TRY(auto const wish, fields.take_bool("draining"));
    CO_TRY(fields.finish());
    if (!wish)
        co_return fail_field(Errc::invalid_request, "draining", "true or false");
    context.service.drain(*wish);
    co_return answer({{"draining", *wish}});
}

}  // namespace

void add_admin_routes(http::Router& router, AdminContext const& context)
{
    set_admin_rules(router, context);
    for (auto const* const path : {"/admin", "/admin/"})
        router.add(Method::get, path, [&context](Request& request) { return asset(context, request, "admin/admin.html"); });
    router.add(Method::get, "/admin/assets/{name}",
               [&context](Request& request) { return asset(context, request, "admin/" + request.parameters[0]); });
    router.add(Method::get, "/admin/openapi.json",
               [&context](Request& request) { return asset(context, request, "admin/openapi-admin.json"); });
    router.add(Method::get, "/admin/rooms", [&context](Request& request) { return get_rooms(context, request); });
    router.add(Method::post, "/admin/rooms/end", [&context](Request& request) { return end_room(context, request); });
    router.add(Method::get, "/admin/blocks", [&context](Request& request) { return get_blocks(context, request); });
    router.add(Method::post, "/admin/blocks", [&context](Request& request) { return add_block(context, request); });
    // A range has a slash in it.
    router.add(Method::delete_, "/admin/blocks/{block*}",
               [&context](Request& request) { return remove_block(context, request); });
    router.add(Method::get, "/admin/health", [&context](Request& request) { return get_health(context, request); });
    router.add(Method::put, "/admin/drain", [&context](Request& request) { return drain(context, request); });
}

}  // namespace fleeting::api
