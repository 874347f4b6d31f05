// What the machine gives: time, descriptors, memory, a disk that keeps what it was told.

#include "app/descriptors.hpp"
#include "app/doctor.hpp"
#include "disk/descriptor.hpp"
#include "disk/folder.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

namespace fleeting::app {
namespace {

constexpr auto kMiB = std::uint64_t{1} << 20;
constexpr auto kSyncs = std::size_t{9};
constexpr auto kSlowSync = Milliseconds{50};
constexpr auto kProbe = "doctor-probe";

void examine_clock(Findings& findings)
{
    auto state = timex{};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        findings.note("clock", "nothing keeps it right here, and rooms end by it: install one that does (apt install "
                               "systemd-timesyncd; in a container it is the host's)");
    else
        findings.well("clock", "kept right");
}

void examine_descriptors(Settings const& settings, Findings& findings)
{
    auto fitted = settings;
    auto const limit = raise_descriptor_limit();
    if (auto const fits = fit_into_descriptors(fitted, limit); !fits)
        return findings.mend("descriptors", fits.error().detail);
    if (fitted.server.max_connections == settings.server.max_connections)
        return findings.well("descriptors", std::to_string(limit) + " files may be open at once, enough for max-connections");
    findings.note("descriptors", std::to_string(limit) + " files may be open at once here: that is " +
                                     std::to_string(fitted.server.max_connections) + " connections, not the " +
                                     std::to_string(settings.server.max_connections) +
                                     " of max-connections. Raise LimitNOFILE (ulimit -n), or lower that");
}

/// What a process may still take, in KiB; 0 where it can't be told.
std::uint64_t free_memory_kib()
{
    auto file = std::ifstream{"/proc/meminfo"};
    for (auto word = std::string{}; file >> word;)
        if (auto amount = std::uint64_t{}; word == "MemAvailable:" && file >> amount)
            return amount;
    return 0;
}

void examine_memory(Settings const& settings, Findings& findings)
{
    auto const needed = settings.hash_workers * settings.rooms.password_cost.memory_kib / 1024;
    auto const available = free_memory_kib() / 1024;
    auto const text = std::to_string(needed) + " MiB for passwords (hash-workers times password-memory) of " +
                      std::to_string(available) + " MiB that are free";
    if (needed > available)
        return findings.mend("memory", text + ": lower password-memory to 19MiB and raise password-passes to 2, or add memory");
    findings.well("memory", text);
}

using FileSystemState = struct statfs;

struct FileSystem {
    long magic;
    std::string_view name;
};
constexpr auto kRemote =
    std::array{FileSystem{NFS_SUPER_MAGIC, "NFS"}, FileSystem{0xff534d42, "SMB"}, FileSystem{0xfe534d42, "SMB"},
               FileSystem{V9FS_MAGIC, "9p"}, FileSystem{CEPH_SUPER_MAGIC, "Ceph"}};
constexpr auto kCopying = std::array{FileSystem{BTRFS_SUPER_MAGIC, "Btrfs"}, FileSystem{0x2fc12fc1, "ZFS"}};

std::string_view name_among(auto const& kinds, long magic)
{
    auto const found = std::ranges::find(kinds, magic, &FileSystem::magic);
    return found == kinds.end() ? "" : found->name;
}

void examine_file_system(Settings const& settings, FileSystemState const& disk, Findings& findings)
{
    if (auto const name = name_among(kRemote, disk.f_type); !name.empty())
        findings.mend("disk", "data-dir is on " + std::string{name} + ", whose locks aren't to be trusted: take a local disk");
    else if (disk.f_type == TMPFS_MAGIC)
        findings.note("disk", "data-dir is in memory: rooms and files are gone when the machine stops");
    if (auto const name = name_among(kCopying, disk.f_type); settings.storage_encryption && !name.empty())
        findings.note("disk", std::string{name} +
                                  " doesn't write over a file where it lies, so that an ended room's key may stay "
                                  "there for a while: take ext4 or XFS, or an encrypted disk");
}

void examine_space(Settings const& settings, FileSystemState const& disk, Findings& findings)
{
    auto const block = static_cast<std::uint64_t>(disk.f_bsize);
    auto const free = disk.f_bavail * block;
    auto const floor = settings.disk_floor.of({disk.f_blocks * block}).value;
    auto const text = std::to_string(free / kMiB) + " MiB are free, uploads stop at " + std::to_string(floor / kMiB) + " MiB";
    if (free <= floor)
        return findings.mend("disk", text + ": make room, or lower disk-floor-bytes");
    if (free - floor < settings.rooms.limits.room_size.value)
        return findings.note("disk", text + ": less than a single room may hold (room-size-limit)");
    findings.well("disk", text);
}

/// How long a sync takes, of a few the middle one; nothing where nothing can be written.
std::optional<Milliseconds> time_of_sync(std::string const& folder)
{
    auto const path = folder + "/" + kProbe;
    auto const file = disk::Descriptor{::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)};
    if (file.get() < 0)
        return std::nullopt;
    ::unlink(path.c_str());
    auto const bytes = std::array<char, 4096>{};
    auto times = std::array<std::chrono::steady_clock::duration, kSyncs>{};
    for (auto& took : times) {
        auto const begun = std::chrono::steady_clock::now();
        if (::write(file.get(), bytes.data(), bytes.size()) < 0 || ::fsync(file.get()) != 0)
            return std::nullopt;
        took = std::chrono::steady_clock::now() - begun;
    }
    std::ranges::sort(times);
    return std::chrono::duration_cast<Milliseconds>(times[kSyncs / 2]);
}

void examine_sync(Settings const& settings, Findings& findings)
{
    auto const took = time_of_sync(settings.data_dir);
    if (!took)
        return findings.mend("sync", "nothing can be written to " + settings.data_dir +
                                         ": run this as root or as the server's user; else look at the folder and the disk");
    auto const text = "4 KiB are on the disk after " + std::to_string(took->count()) + " ms";
    if (!settings.uploads.sync)
        return findings.note("sync", text + ", and sync-uploads is off: a power cut loses files that were told complete");
    if (*took > kSlowSync)
        return findings.note("sync", text + ": each upload and each new room waits for that; a faster disk helps");
    findings.well("sync", text);
}

void examine_absence(std::string const& folder, Findings& findings)
{
    auto const parent = disk::parent_of(folder).string();
    auto ignored = std::error_code{};
    if (!std::filesystem::exists(parent, ignored))
        return findings.mend("disk", folder + " can't be made, as there is no " + parent + ": is data-dir right? Then mkdir -p " +
                                         parent);
    findings.note("disk", folder + " isn't there yet: a start makes it. Is it the folder of the server that you mean? Name "
                                   "its settings by --config (a package's: /etc/fleeting.env)");
}

void examine_data_folder(Settings const& settings, Findings& findings)
{
    auto disk = FileSystemState{};
    if (::statfs(settings.data_dir.c_str(), &disk) != 0)
        return examine_absence(settings.data_dir, findings);
    examine_file_system(settings, disk, findings);
    if (settings.s3.bucket.empty())
        examine_space(settings, disk, findings);
    examine_sync(settings, findings);
}

}  // namespace

void examine_machine(Settings const& settings, Findings& findings)
{
    examine_clock(findings);
    examine_descriptors(settings, findings);
    examine_memory(settings, findings);
    if (settings.s3.bucket.empty() || settings.database_url.empty())
        examine_data_folder(settings, findings);
}

}  // namespace fleeting::app
