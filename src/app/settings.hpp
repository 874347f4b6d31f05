#pragma once

#include "api/api.hpp"
#include "base/log.hpp"
#include "disk/free_space.hpp"
#include "http/server.hpp"
#include "service/room_service.hpp"
#include "service/upload_service.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::app {

/// Everything an operator can set, with its defaults.
struct Settings {
    http::ServerSettings server;
    std::string metrics_listen = "127.0.0.1:9090";
    std::string data_dir = "./data";
    std::string web_dir;
    api::ApiSettings api;
    RoomServiceSettings rooms;
    UploadSettings uploads;
    disk::DiskFloor disk_floor;
    std::uint64_t hash_workers = 2;
    std::uint64_t hash_queue = 64;
    std::uint64_t linked_files = 1024;
    std::uint64_t event_streams = 4;
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::human;
};

/// One knob: a row of the table that flags, variables, files, `--help` and docs/configuration.md are made from.
struct Knob {
    std::string key;      ///< `room-ttl`: the flag is `--room-ttl`, the variable FLEETING_ROOM_TTL
    std::string range;    ///< what is accepted, and why, for people
    std::string meaning;  ///< one sentence for operators
    std::function<bool(Settings&, std::string_view)> set;  ///< false: outside `range`
    std::function<std::string(Settings const&)> get;
};

/// The table, in the order it is printed.
std::vector<Knob> const& knobs();

/// Where a value came from, strongest last.
using Values = std::map<std::string, std::string, std::less<>>;

/// FLEETING_* of the environment, as keys. `FLEETING_CONFIG` names a file and is no knob.
Values values_of_environment(char const* const* environment);
/// `KEY=VALUE` lines, `#` comments; keys are the variables' names. errors: invalid_request with the line
Result<Values> parse_settings_file(std::string_view text, std::string_view file_name);
/// Defaults, then each of `sources` over the former. errors: invalid_request naming key, value and range
Result<Settings> make_settings(std::vector<Values> const& sources);
/// docs/configuration.md.
std::string settings_page();
/// The effective configuration on one line.
std::string summary_of(Settings const& settings);

}  // namespace fleeting::app
