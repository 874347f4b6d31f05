#pragma once

#include "app/settings.hpp"

#include <CLI/CLI.hpp>
#include <iosfwd>

namespace fleeting::app {

/// What `fleeting admin …` was told.
struct AdminWish {
    bool as_json = false;
    std::uint64_t limit = 50;
    std::string name;  ///< of a room
    std::string id;
    std::string what;  ///< a SHA-256, an address or a CIDR
    bool undo = false;
};

/// Adds `admin` with its own commands; `wish` is filled when the line is parsed, and outlives `app`.
CLI::App* add_admin_command(CLI::App& app, AdminWish& wish);

/// Does what the parsed line says, by the running node, and writes what it answers.
/// errors    as call_admin_blocking
Result<> run_admin(CLI::App const& admin, Settings const& settings, AdminWish const& wish, std::ostream& out);

}  // namespace fleeting::app
