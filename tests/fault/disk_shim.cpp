// Loaded into a server by LD_PRELOAD. Makes chosen calls of it to the disk fail, and writes down what it does to its data folder,
// in the order it happens. tests/fault/disk_shim.mjs tells it what to do and reads what it wrote.
//
// DISK_SHIM_FOLDER    the data folder; everything else is left alone
// DISK_SHIM_CONTROL   a file of `Control`
// DISK_SHIM_RECORD    where the record goes; without it there is none
// DISK_SHIM_BOOT_ID   what the machine's boot is called

#include "disk_shim.hpp"

#include <cstdarg>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>

namespace {

using namespace disk_shim;

/// The C library's own function.
template <class Function>
Function* real(char const* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Call>
int open_file(int folder, char const* path, int flags, Call call)
{
    auto& shim = Shim::get();
    auto const whole = shim.inside(folder, path);
    if (whole.empty())
        return call();
    if (shim.must_fail(kOpen))
        return -1;
    auto const lock = shim.in_order();
    auto const was_there = raw_look(AT_FDCWD, whole.c_str(), AT_SYMLINK_NOFOLLOW).st_nlink > 0;
    auto const descriptor = call();
    if (descriptor < 0)
        return descriptor;
    auto const status = raw_look(descriptor, "", AT_EMPTY_PATH);
    shim.set(descriptor, std::make_shared<File>(whole, S_ISDIR(status.st_mode), status.st_ino));
    if (!was_there)
        shim.write_down('O', status.st_ino, shim.relative(whole));
    else if ((flags & O_TRUNC) != 0)
        shim.write_down('T', status.st_ino, {}, 0);
    return descriptor;
}

/// A call on an open file of the data folder; `done(file, result)` where it succeeded.
template <class Call, class Done>
auto on_file(Kind kind, int descriptor, Call call, Done done) -> decltype(call())
{
    auto& shim = Shim::get();
    auto const file = shim.find(descriptor);
    if (!file)
        return call();
    if (shim.must_fail(kind == kSync && file->is_folder ? kSyncFolder : kind))
        return -1;
    auto const lock = shim.in_order();
    auto const result = call();
    if (result >= 0)
        done(*file, result);
    return result;
}

template <class Call>
auto on_file(Kind kind, int descriptor, Call call)
{
    return on_file(kind, descriptor, call, [](File const&, auto) {});
}

/// A call on a name inside the data folder.
template <class Call, class Done>
int on_name(Kind kind, int folder, char const* path, Call call, Done done)
{
    auto& shim = Shim::get();
    auto const whole = shim.inside(folder, path);
    if (whole.empty())
        return call();
    if (shim.must_fail(kind))
        return -1;
    auto const lock = shim.in_order();
    auto const result = call();
    if (result == 0)
        done(shim, shim.relative(whole));
    return result;
}

ssize_t write_at(int descriptor, void const* bytes, std::uint64_t at, auto call)
{
    return on_file(kWrite, descriptor, call, [&](File const& file, ssize_t count) {
        Shim::get().write_down('W', file.inode, {}, at, {static_cast<char const*>(bytes), static_cast<std::size_t>(count)});
    });
}

int sync_file(int descriptor, auto call)
{
    return on_file(kSync, descriptor, call, [](File const& file, int) {
        auto& shim = Shim::get();
        shim.write_down(file.is_folder ? 'D' : 'S', file.inode, file.is_folder ? shim.relative(file.path) : "");
    });
}

int cut_file(int descriptor, off_t size, auto call)
{
    return on_file(kCut, descriptor, call,
                   [&](File const& file, int) { Shim::get().write_down('T', file.inode, {}, static_cast<std::uint64_t>(size)); });
}

int unlink_name(int folder, char const* path, auto call)
{
    return on_name(kUnlink, folder, path, call, [](Shim& shim, std::string name) { shim.write_down('U', 0, std::move(name)); });
}

int make_folder(int folder, char const* path, auto call)
{
    return on_name(kMakeFolder, folder, path, call,
                   [](Shim& shim, std::string name) { shim.write_down('M', 0, std::move(name)); });
}

/// Of a second name, or another one.
int name_anew(char what, int to_folder, char const* to, std::string const& from, auto call)
{
    return on_name(what == 'L' ? kLink : kRename, to_folder, to, call,
                   [&](Shim& shim, std::string const& name) { shim.write_down(what, 0, shim.relative(from) + '\0' + name); });
}

int lock_file(int descriptor, int command, void* argument, auto call)
{
    auto const is_taking = (command == F_SETLK || command == F_SETLKW) && static_cast<struct flock*>(argument)->l_type != F_UNLCK;
    return is_taking ? on_file(kLock, descriptor, call) : call();
}

mode_t mode_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

extern "C" {

int open(char const* path, int flags, ...)
{
    static auto* const next = real<int(char const*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    auto const mode = mode_of(flags, rest);
    va_end(rest);
    return open_file(AT_FDCWD, path, flags, [&] { return next(path, flags, mode); });
}

int open64(char const* path, int flags, ...)
{
    static auto* const next = real<int(char const*, int, ...)>("open64");
    va_list rest;
    va_start(rest, flags);
    auto const mode = mode_of(flags, rest);
    va_end(rest);
    return open_file(AT_FDCWD, path, flags, [&] { return next(path, flags, mode); });
}

int openat(int folder, char const* path, int flags, ...)
{
    static auto* const next = real<int(int, char const*, int, ...)>("openat");
    va_list rest;
    va_start(rest, flags);
    auto const mode = mode_of(flags, rest);
    va_end(rest);
    return open_file(folder, path, flags, [&] { return next(folder, path, flags, mode); });
}

int close(int descriptor)
{
    static auto* const next = real<int(int)>("close");
    Shim::get().set(descriptor, nullptr);
    return next(descriptor);
}

int closedir(DIR* folder)
{
    static auto* const next = real<int(DIR*)>("closedir");
    Shim::get().set(::dirfd(folder), nullptr);
    return next(folder);
}

FILE* fopen64(char const* path, char const* mode)
{
    static auto* const next = real<FILE*(char const*, char const*)>("fopen64");
    if (std::strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
        if (auto* const ours = Shim::get().boot_id())
            return ours;
    return next(path, mode);
}

ssize_t read(int descriptor, void* out, std::size_t size)
{
    static auto* const next = real<ssize_t(int, void*, std::size_t)>("read");
    return on_file(kRead, descriptor, [&] { return next(descriptor, out, size); });
}

ssize_t pread(int descriptor, void* out, std::size_t size, off_t at)
{
    static auto* const next = real<ssize_t(int, void*, std::size_t, off_t)>("pread");
    return on_file(kRead, descriptor, [&] { return next(descriptor, out, size, at); });
}

ssize_t pread64(int descriptor, void* out, std::size_t size, off64_t at)
{
    static auto* const next = real<ssize_t(int, void*, std::size_t, off64_t)>("pread64");
    return on_file(kRead, descriptor, [&] { return next(descriptor, out, size, at); });
}

ssize_t write(int descriptor, void const* bytes, std::size_t size)
{
    static auto* const next = real<ssize_t(int, void const*, std::size_t)>("write");
    auto const at = Shim::get().find(descriptor) ? ::lseek(descriptor, 0, SEEK_CUR) : 0;
    return write_at(descriptor, bytes, static_cast<std::uint64_t>(at), [&] { return next(descriptor, bytes, size); });
}

ssize_t pwrite(int descriptor, void const* bytes, std::size_t size, off_t at)
{
    static auto* const next = real<ssize_t(int, void const*, std::size_t, off_t)>("pwrite");
    return write_at(descriptor, bytes, static_cast<std::uint64_t>(at), [&] { return next(descriptor, bytes, size, at); });
}

ssize_t pwrite64(int descriptor, void const* bytes, std::size_t size, off64_t at)
{
    static auto* const next = real<ssize_t(int, void const*, std::size_t, off64_t)>("pwrite64");
    return write_at(descriptor, bytes, static_cast<std::uint64_t>(at), [&] { return next(descriptor, bytes, size, at); });
}

int fsync(int descriptor)
{
    static auto* const next = real<int(int)>("fsync");
    return sync_file(descriptor, [&] { return next(descriptor); });
}

int fdatasync(int descriptor)
{
    static auto* const next = real<int(int)>("fdatasync");
    return sync_file(descriptor, [&] { return next(descriptor); });
}

int sync_file_range(int descriptor, off64_t from, off64_t count, unsigned flags)
{
    static auto* const next = real<int(int, off64_t, off64_t, unsigned)>("sync_file_range");
    return on_file(kWriteBack, descriptor, [&] { return next(descriptor, from, count, flags); });
}

int ftruncate(int descriptor, off_t size) noexcept
{
    static auto* const next = real<int(int, off_t)>("ftruncate");
    return cut_file(descriptor, size, [&] { return next(descriptor, size); });
}

int ftruncate64(int descriptor, off64_t size) noexcept
{
    static auto* const next = real<int(int, off64_t)>("ftruncate64");
    return cut_file(descriptor, size, [&] { return next(descriptor, size); });
}

int unlink(char const* path) noexcept
{
    static auto* const next = real<int(char const*)>("unlink");
    return unlink_name(AT_FDCWD, path, [&] { return next(path); });
}

int unlinkat(int folder, char const* path, int flags) noexcept
{
    static auto* const next = real<int(int, char const*, int)>("unlinkat");
    return unlink_name(folder, path, [&] { return next(folder, path, flags); });
}

int mkdir(char const* path, mode_t mode) noexcept
{
    static auto* const next = real<int(char const*, mode_t)>("mkdir");
    return make_folder(AT_FDCWD, path, [&] { return next(path, mode); });
}

int mkdirat(int folder, char const* path, mode_t mode) noexcept
{
    static auto* const next = real<int(int, char const*, mode_t)>("mkdirat");
    return make_folder(folder, path, [&] { return next(folder, path, mode); });
}

int linkat(int from_folder, char const* from, int to_folder, char const* to, int flags) noexcept
{
    static auto* const next = real<int(int, char const*, int, char const*, int)>("linkat");
    auto const source = Shim::get().inside(from_folder, from);
    return name_anew('L', to_folder, to, source, [&] { return next(from_folder, from, to_folder, to, flags); });
}

int renameat(int from_folder, char const* from, int to_folder, char const* to) noexcept
{
    static auto* const next = real<int(int, char const*, int, char const*)>("renameat");
    auto const source = Shim::get().inside(from_folder, from);
    return name_anew('R', to_folder, to, source, [&] { return next(from_folder, from, to_folder, to); });
}

ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, std::size_t size, unsigned flags)
{
    static auto* const next = real<ssize_t(int, off64_t*, int, off64_t*, std::size_t, unsigned)>("copy_file_range");
    auto const at = to_at == nullptr ? off64_t{0} : *to_at;
    return on_file(
        kCopy, to, [&] { return next(from, from_at, to, to_at, size, flags); },
        [&](File const& file, ssize_t count) {
            auto& shim = Shim::get();
            auto bytes = std::string(shim.is_recording() ? static_cast<std::size_t>(count) : 0, '\0');
            ::syscall(SYS_pread64, to, bytes.data(), bytes.size(), at);
            shim.write_down('W', file.inode, {}, static_cast<std::uint64_t>(at), bytes);
        });
}

ssize_t sendfile(int out, int in, off_t* at, std::size_t size) noexcept
{
    static auto* const next = real<ssize_t(int, int, off_t*, std::size_t)>("sendfile");
    return on_file(kSend, in, [&] { return next(out, in, at, size); });
}

int fstat(int descriptor, struct stat* status) noexcept
{
    static auto* const next = real<int(int, struct stat*)>("fstat");
    return on_file(kLook, descriptor, [&] { return next(descriptor, status); });
}

int fstat64(int descriptor, struct stat64* status) noexcept
{
    static auto* const next = real<int(int, struct stat64*)>("fstat64");
    return on_file(kLook, descriptor, [&] { return next(descriptor, status); });
}

int fstatvfs(int descriptor, struct statvfs* status) noexcept
{
    static auto* const next = real<int(int, struct statvfs*)>("fstatvfs");
    return on_file(kLook, descriptor, [&] { return next(descriptor, status); });
}

int flock(int descriptor, int operation) noexcept
{
    static auto* const next = real<int(int, int)>("flock");
    return on_file(kLock, descriptor, [&] { return next(descriptor, operation); });
}

int fcntl(int descriptor, int command, ...)
{
    static auto* const next = real<int(int, int, ...)>("fcntl");
    va_list rest;
    va_start(rest, command);
    auto* const argument = va_arg(rest, void*);
    va_end(rest);
    return lock_file(descriptor, command, argument, [&] { return next(descriptor, command, argument); });
}

int fcntl64(int descriptor, int command, ...)
{
    static auto* const next = real<int(int, int, ...)>("fcntl64");
    va_list rest;
    va_start(rest, command);
    auto* const argument = va_arg(rest, void*);
    va_end(rest);
    return lock_file(descriptor, command, argument, [&] { return next(descriptor, command, argument); });
}

void* mmap64(void* address, std::size_t size, int protection, int flags, int descriptor, off64_t at) noexcept
{
    static auto* const next = real<void*(void*, std::size_t, int, int, int, off64_t)>("mmap64");
    if (Shim::get().find(descriptor) && Shim::get().must_fail(kMap))
        return MAP_FAILED;
    return next(address, size, protection, flags, descriptor, at);
}
}
