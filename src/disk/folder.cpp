#include "disk/folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {

Result<Descriptor> open_own_folder(std::filesystem::path const& folder, std::string const& what)
{
    auto const named = "the " + what + ' ' + folder.string();
    auto ignored = std::error_code{};
    std::filesystem::create_directories(folder.parent_path(), ignored);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
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
