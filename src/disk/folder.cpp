#include "disk/folder.hpp"

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
    auto const parent = folder.has_parent_path() ? folder.parent_path() : std::filesystem::path{"."};
    auto const opened = Descriptor{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened && ::fsync(opened.get()) != 0)
        return fail(sync_error("syncing " + parent.string()));
    return {};
}

}  // namespace

Result<Descriptor> open_own_folder(std::filesystem::path const& folder, std::string const& what)
{
    auto const named = "the " + what + ' ' + folder.string();
    auto ignored = std::error_code{};
    std::filesystem::create_directories(folder.parent_path(), ignored);
    auto const is_new = ::mkdir(folder.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST)
        return fail(errno_error("can't make " + named));
    auto opened = Descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!opened)
        return fail(errno_error("can't open " + named));
    struct stat status{};
    if (::fstat(opened.get(), &status) != 0)
        return fail(errno_error("can't look at " + named));
    if (status.st_uid != ::geteuid())
        return fail(Errc::unavailable, named + " belongs to another user");
    if ((status.st_mode & 0022) != 0)
        return fail(Errc::unavailable, "others may write into " + named + ": run chmod 700 on it");
    if (is_new) {
        TRY(sync_name_of(folder));
    }
    return opened;
}

Result<Descriptor> open_data_folder(std::filesystem::path const& folder)
{
    TRY(auto opened, open_own_folder(folder, "data folder"));
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(Errc::unavailable, "another process uses the data folder " + folder.string());
    return opened;
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
