#include "app/sandboxing.hpp"

#include "app/blobs.hpp"
#include "app/knob_values.hpp"
#include "disk/folder.hpp"
#include "postgres/files.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <tuple>

namespace fleeting::app {
namespace {

using std::filesystem::path;
using Paths = std::vector<path>;

// Libraries that are loaded late, OpenSSL's settings, how many cores there are, which boot this is, whether memory is
// overcommitted (malloc asks), and local time.
constexpr auto kAlways =
    std::to_array<char const*>({"/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/etc/ssl/openssl.cnf",
                                "/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom", "/dev/null", "/sys/devices/system/cpu",
                                "/proc/sys/kernel/random/boot_id", "/proc/sys/vm/overcommit_memory"});
// Names and certificates of other machines. All of /etc, not the files by name: who changes resolv.conf or the authorities puts a
// new file in the old one's place, and a rule holds for the file that it was made of.
constexpr auto kForEngines =
    std::to_array<char const*>({"/etc", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
                                "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/share/ssl-cert"});

/// The folder that a file is named in and the one it really lies in: a renewed certificate is another file in either.
void add_folders_of(Paths& paths, path const& file)
{
    if (file.empty())
        return;
    auto ignored = std::error_code{};
    paths.push_back(std::filesystem::absolute(file, ignored).parent_path());
    paths.push_back(std::filesystem::canonical(file, ignored).parent_path());
}

bool has_engines(Settings const& settings)
{
    return !settings.database_url.empty() || !settings.redis_url.empty() || !settings.s3.bucket.empty() ||
           (!settings.scan_socket.empty() && !settings.scan_socket.starts_with('/'));
}

void add_engines(Paths& paths, Settings const& settings)
{
    paths.insert(paths.end(), kForEngines.begin(), kForEngines.end());
    add_folders_of(paths, "/etc/resolv.conf");
    add_folders_of(paths, settings.s3.ca_file);
    if (auto const* const token = std::getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); token != nullptr)
        add_folders_of(paths, token);
    for (auto const& file : settings.database_url.empty() ? Paths{} : postgres::files_of(settings.database_url))
        paths.push_back(file);
}

std::uint16_t port_of(std::string_view listen)
{
    return static_cast<std::uint16_t>(parse_count(listen.substr(listen.rfind(':') + 1)).value_or(0));
}

void add_admin(sandbox::Profile& profile, Settings const& settings)
{
    if (auto const socket = http::unix_path_of(settings.admin_listen))
        profile.socketed.push_back(path{*socket}.parent_path());
    else if (settings.admin_listen != "off")
        profile.ports.push_back(port_of(settings.admin_listen));
}

/// A rule needs its folder to be there. Where it can't be made, opening it for use says why.
void make_folders(Settings const& settings)
{
    if (needs_data_folder(settings))
        std::ignore = disk::open_own_folder(settings.data_dir, disk::kDataFolder);
    if (!settings.tombstone_dir.empty())
        std::ignore = disk::open_own_folder(settings.tombstone_dir, disk::kTombstoneFolder);
}

}  // namespace

sandbox::Profile profile_of(Settings const& settings)
{
    auto profile = sandbox::Profile{};
    profile.readable.assign(kAlways.begin(), kAlways.end());
    add_folders_of(profile.readable, settings.server.tls_certificate_file);
    add_folders_of(profile.readable, settings.server.tls_key_file);
    if (!settings.web_dir.empty())
        profile.readable.emplace_back(settings.web_dir);
    if (has_engines(settings))
        add_engines(profile.readable, settings);
    if (needs_data_folder(settings))
        profile.writable.emplace_back(settings.data_dir);
    if (!settings.tombstone_dir.empty())
        profile.writable.emplace_back(settings.tombstone_dir);
    profile.ports.push_back(port_of(settings.server.listen));
    if (settings.metrics_listen != "off")
        profile.ports.push_back(port_of(settings.metrics_listen));
    add_admin(profile, settings);
    profile.may_connect = has_engines(settings);
    return profile;
}

void give_up_the_rest(Settings const& settings)
{
    if (!settings.sandbox) {
        log::info("sandbox", "off");
        return;
    }
    auto const profile = profile_of(settings);
    make_folders(settings);
    auto const report = sandbox::enter(profile);
    log::write(report.is_whole() ? log::Level::info : log::Level::warning, "sandbox",
               "files " + report.files + ", system calls " + report.calls);
}

std::string outlook_of(Settings const& settings)
{
    auto const report = sandbox::outlook();
    return settings.sandbox ? "files restricted " + report.files + ", system calls " + report.calls : "off";
}

}  // namespace fleeting::app
