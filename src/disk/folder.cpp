#include "disk/folder.hpp"

#include "base/log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

/// A folder that was just made is there after a power loss. One whose parent we may not read is as sure as its file system makes
/// it.
Result<> sync_name_of(std::filesystem::path const& folder)
{
    auto const parent = parent_of(folder);
    auto const opened = Descriptor{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened && ::fsync(opened.get()) != 0)
        return fail(sync_error("syncing " + parent.string()));
    return {};
}

/// Makes the folder where it isn't, never those above it: a path that was mistyped would be a new, empty installation.
Result<> make_folder(std::filesystem::path const& folder, std::string const& named)
{
    if (::mkdir(folder.c_str(), 0700) == 0) {
        log::info("folder_made", named);
        return sync_name_of(folder);
    }
    if (errno == EEXIST)
        return {};
    if (errno != ENOENT)
        return fail(errno_error("can't make " + named));
    auto const parent = parent_of(folder).string();
    return fail(Errc::unavailable, "can't make " + named + ": there is no " + parent +
                                       " to make it in. Is the path right? Then make that first: mkdir -p " + parent);
}

Result<> require_closed(struct stat const& status, std::string const& named)
{
    if ((status.st_mode & 0022) != 0)
        return fail(Errc::unavailable, "others may write into " + named + ": run chmod 700 on it");
    return {};
}

}  // namespace

std::filesystem::path parent_of(std::filesystem::path const& folder)
{
    auto const parent = (folder.has_filename() ? folder : folder.parent_path()).parent_path();
    return parent.empty() ? "." : parent;
}

Result<Descriptor> open_own_folder(std::filesystem::path const& folder, std::string const& what)
{
    auto const named = "the " + what + ' ' + folder.string();
    TRY(make_folder(folder, named));
    auto opened = Descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!opened)
        return fail(errno_error("can't open " + named));
    struct stat status{};
    if (::fstat(opened.get(), &status) != 0)
        return fail(errno_error("can't look at " + named));
    if (status.st_uid != ::geteuid())
        return fail(Errc::unavailable, named + " belongs to another user");
    TRY(require_closed(status, named));
    return opened;
}

Result<Descriptor> open_data_folder(std::filesystem::path const& folder)
{
    TRY(auto opened, open_own_folder(folder, kDataFolder));
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(Errc::unavailable, "another process uses the data folder " + folder.string());
    return opened;
}

Result<uid_t> check_own_folder(std::filesystem::path const& folder, std::string const& what)
{
    auto const named = "the " + what + ' ' + folder.string();
    struct stat status{};
    if (::stat(folder.c_str(), &status) != 0)
        return fail(errno_error("can't look at " + named));
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return fail(errno_error("can't open " + named));
    }
    TRY(require_closed(status, named));
    return status.st_uid;
}

Result<Descriptor> open_subfolder(Descriptor const& parent, char const* name)
{
    if (::mkdirat(parent.get(), name, 0700) != 0 && errno != EEXIST)
        return fail(errno_error("making a folder"));
    auto opened = Descriptor{::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!opened)
        return fail(errno_error("opening a folder"));
    return opened;
}

}  // namespace fleeting::disk
