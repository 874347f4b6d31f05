#include "app/admin_command.hpp"

#include "app/admin_client.hpp"
#include "app/admin_tables.hpp"
#include "http/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

namespace fleeting::app {
namespace {

namespace json = boost::json;

/// What a command asks, and how its answer looks on a terminal.
struct Errand {
    AdminCall call;
    void (*write)(json::object const& answer, std::ostream& out) = nullptr;
    std::string done{};  ///< instead, where there is nothing to write
    std::string hint{};  ///< where what was named isn't there, or can't be named so
};

constexpr auto kBlockHint = "a block is a SHA-256 in hex, an address, or a network no wider than a /8, of IPv6 than a /16";

Errand errand_of(std::string const& command, AdminWish const& wish)
{
    if (command == "rooms")
        return {{"GET", "/rooms?limit=" + std::to_string(wish.limit)}, write_rooms};
    if (command == "health")
        return {{"GET", "/health"}, write_health};
    if (command == "end") {
        auto const which = wish.id.empty() ? json::object{{"name", wish.name}} : json::object{{"id", wish.id}};
        return {{"POST", "/rooms/end", json::serialize(which)},
                nullptr,
                "ended",
                "no room that is open has that " + std::string{wish.id.empty() ? "name" : "id"}};
    }
    if (command == "blocks")
        return {{"GET", "/blocks"}, write_blocks};
    if (command == "block")
        return {{"POST", "/blocks", json::serialize(json::object{{"block", wish.what}})}, nullptr, "blocked", kBlockHint};
    if (command == "unblock")
        return {{"DELETE", "/blocks/" + http::percent_encoded(wish.what, "/:")},
                nullptr,
                "no longer blocked",
                "that isn't blocked (fleeting admin blocks)"};
    return {{"PUT", "/drain", json::serialize(json::object{{"draining", !wish.undo}})},
            nullptr,
            wish.undo ? "taking new rooms again" : "draining"};
}

bool is_about_what_was_named(Error const& error)
{
    auto const is_named = error.field == "block" || error.field == "id" || error.field == "name";
    return error.code == Errc::not_found || (error.code == Errc::invalid_request && is_named);
}

}  // namespace

CLI::App* add_admin_command(CLI::App& app, AdminWish& wish)
{
    auto* const admin = app.add_subcommand("admin", "See and steer the running node of these settings.");
    admin->require_subcommand(1);
    admin->add_flag("--json", wish.as_json, "Print what the node answers.");
    auto const add = [&](char const* name, char const* meaning) {
        auto* const command = admin->add_subcommand(name, meaning);
        command->fallthrough();
        return command;
    };
    add("rooms", "Living rooms, the newest first: sizes and ages, no names.")
        ->add_option("--limit", wish.limit, "How many at most.")
        ->check(CLI::Range(1, 10'000));
    add("health", "Engines, disk, lateness of erasure, limits that were hit.");
    auto* const end = add("end", "End a room at once, on every node.");
    auto* const name = end->add_option("NAME", wish.name, "The room's name.");
    end->add_option("--id", wish.id, "Its id, as `rooms` tells it.")->excludes(name);
    end->require_option(1);
    add("blocks", "What is blocked.");
    for (auto* const command : {add("block", "Turn a file away by its SHA-256, or a network: at once, on every node."),
                                add("unblock", "Let it in again.")})
        command->add_option("WHAT", wish.what, "A SHA-256 in hex, an address, or a range like 192.0.2.0/24.")->required();
    add("drain", "Open no new rooms on this node, and tell the load balancer.")
        ->add_flag("--undo", wish.undo, "Open rooms again.");
    return admin;
}

Result<> run_admin(CLI::App const& admin, Settings const& settings, AdminWish const& wish, std::ostream& out)
{
    auto const errand = errand_of(admin.get_subcommands().front()->get_name(), wish);
    auto const answer = call_admin_blocking(settings, errand.call);
    if (!answer && !errand.hint.empty() && is_about_what_was_named(answer.error()))
        return fail(answer.error().code, errand.hint);
    if (!answer)
        return std::unexpected{answer.error()};
    if (wish.as_json)
        out << *answer;
    else if (errand.write != nullptr)
        errand.write(json::parse(*answer).as_object(), out);
    else
        out << errand.done << '\n';
    return {};
}

}  // namespace fleeting::app
