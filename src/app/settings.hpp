#pragma once

#include "api/api.hpp"
#include "base/log.hpp"
#include "disk/free_space.hpp"
#include "http/server.hpp"
#include "s3/settings.hpp"
#include "service/room_service.hpp"
#include "service/scan_service.hpp"
#include "service/upload_service.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::app {

/// Everything an operator can set, with its defaults.
struct Settings {
    std::string version;  ///< the program's own, no knob
    http::ServerSettings server;
    std::string metrics_listen = "127.0.0.1:9090";
    std::string admin_listen = "off";
    std::string admin_token;
    std::string admin_token_file;
    std::string password_pepper_file;
    std::string data_dir = "./data";
    std::string tombstone_dir;
    std::string database_url;
    std::uint64_t database_connections = 8;
    std::string redis_url;
    std::string web_dir;
    api::ApiSettings api;
    RoomServiceSettings rooms;
    UploadSettings uploads;
    disk::DiskFloor disk_floor;
    bool storage_encryption = false;
    std::string scan_socket;
    ScanSettings scan;
    s3::Settings s3;
    std::uint64_t hash_workers = 2;
    std::uint64_t hash_queue = 64;
    Milliseconds hash_patience{2'000};
    std::uint64_t linked_files = 1024;
    std::uint64_t event_streams_per_session = 4;
    bool sandbox = true;
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::human;
};

/// What a knob accepts, and how it reaches its setting.
struct KnobKind {
    std::string range;                                     ///< for people
    std::function<bool(Settings&, std::string_view)> set;  ///< false, and nothing set: outside `range`
    std::function<std::string(Settings const&)> get;       ///< as `set` takes it
    std::string spelling{};                                ///< examples of how it is written, where that isn't plain
};

/// One row of the table that flags, variables, files, `--help` and docs/configuration.md are made from.
struct Knob {
    std::string key;  ///< `room-ttl`: the flag is `--room-ttl`, the variable FLEETING_ROOM_TTL
    KnobKind kind;
    std::string reason;      ///< why its bounds are what they are, or empty
    std::string meaning;     ///< a sentence for operators
    bool is_secret = false;  ///< no flag (a command line is public), never shown

    /// Its value for the log. Of a secret whether there is one.
    [[nodiscard]] std::string shown(Settings const& settings) const
    {
        auto value = kind.get(settings);
        return is_secret && !value.empty() ? "***" : value;
    }
    /// What it accepts, and why, on one line.
    [[nodiscard]] std::string accepts() const { return reason.empty() ? kind.range : kind.range + " (" + reason + ")"; }
};

/// The table, in the order it is printed.
std::vector<Knob> const& knobs();

/// What an operator writes to set it: `--room-ttl (FLEETING_ROOM_TTL)`.
std::string name_of(std::string const& key);

/// Where a value came from, strongest last.
using Values = std::map<std::string, std::string, std::less<>>;

/// FLEETING_* of the environment, as keys. `FLEETING_CONFIG` names a file and is no knob.
Values values_of_environment(char const* const* environment);
/// `KEY=VALUE` lines, `#` comments; keys are the variables' names. errors: invalid_request with the line
Result<Values> parse_settings_file(std::string_view text, std::string_view file_name);
/// Sets one. errors: invalid_request naming key, value (unless secret), range, and how it is written
Result<> apply(Knob const& knob, Settings& settings, std::string const& value);
/// Defaults, then each of `sources` over the former. errors: invalid_request, as `apply`, or naming an unknown key
Result<Settings> make_settings(std::vector<Values> const& sources);
/// docs/configuration.md.
std::string settings_page();
/// Every setting as a line of a settings file, secrets masked.
std::string settings_file(Settings const& settings);
/// The effective configuration on one line, secrets masked.
std::string summary_of(Settings const& settings);

}  // namespace fleeting::app
