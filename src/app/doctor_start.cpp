// What a start would refuse, by its own checks and in its own words.

#include "app/admin_token.hpp"
#include "app/blobs.hpp"
#include "app/doctor.hpp"
#include "app/pepper_file.hpp"
#include "disk/folder.hpp"
#include "http/tls_context.hpp"

#include <unistd.h>

namespace fleeting::app {
namespace {

constexpr auto kRoot = uid_t{0};

/// Whose the folder is. Nothing where it isn't there yet, as a start makes it, or is refused.
std::optional<uid_t> examine_folder(std::string const& folder, char const* what, Findings& findings)
{
    if (folder.empty() || ::access(folder.c_str(), F_OK) != 0)
        return std::nullopt;
    auto const owner = disk::check_own_folder(folder, what);
    if (owner)
        return *owner;
    findings.mend("folder", owner.error().detail);
    return std::nullopt;
}

void examine_secrets(Settings const& settings, uid_t server, Findings& findings)
{
    if (auto const token = admin_token_of(settings); !token)
        findings.mend("secrets", token.error().detail);
    if (auto const pepper = pepper_of(settings, server); !pepper)
        findings.mend("secrets", pepper.error().detail);
}

void examine_tls(Settings const& settings, uid_t server, Findings& findings)
{
    auto const context = http::make_tls_context(settings.server);
    if (!context)
        return findings.mend("tls", context.error().detail);
    if (*context == nullptr)
        return;
    auto const is_root_for_another = ::geteuid() == kRoot && server != kRoot;
    findings.well("tls", std::string{"certificate and key can be used"} +
                             (is_root_for_another ? " by root; let the server's own user read them too" : ""));
}

}  // namespace

void examine_start(Settings const& settings, Findings& findings)
{
    auto const owner =
        needs_data_folder(settings) ? examine_folder(settings.data_dir, disk::kDataFolder, findings) : std::nullopt;
    examine_folder(settings.tombstone_dir, disk::kTombstoneFolder, findings);
    // Root asks for the server's user, whose the folder is.
    auto const server = ::geteuid() == kRoot ? owner.value_or(kRoot) : ::geteuid();
    examine_secrets(settings, server, findings);
    examine_tls(settings, server, findings);
}

}  // namespace fleeting::app
