#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace disk_shim {

/// What a call does. The bits of Control::kinds.
enum Kind : std::uint32_t {
    kOpen = 1U << 0,
    kRead = 1U << 1,
    kWrite = 1U << 2,
    kSync = 1U << 3,
    kSyncFolder = 1U << 4,
    kCut = 1U << 5,
    kUnlink = 1U << 6,
    kLink = 1U << 7,
    kRename = 1U << 8,
    kMakeFolder = 1U << 9,
    kLook = 1U << 10,
    kSend = 1U << 11,
    kCopy = 1U << 12,
    kWriteBack = 1U << 13,
    kMap = 1U << 14,
    kLock = 1U << 15,
};

/// Shared with the test. Of the calls of `kinds`, counted from one, those from `first` to `last` fail with `error`.
struct Control {
    std::atomic<std::uint64_t> calls;
    std::atomic<std::uint64_t> first;
    std::atomic<std::uint64_t> last;
    std::atomic<std::uint64_t> failed;
    std::atomic<std::uint64_t> recorded;
    std::atomic<std::uint32_t> kinds;
    std::atomic<std::uint32_t> error;
    std::atomic<std::uint32_t> failed_kind;
};

struct File {
    std::string path;
    bool is_folder;
    std::uint64_t inode;
};

/// The head of what is written down; a name (two with a NUL between them) and bytes follow.
struct Entry {
    std::uint32_t what;  ///< a letter
    std::uint32_t name_size;
    std::uint64_t inode;
    std::uint64_t at;
    std::uint64_t size;
};

inline std::string text_of(char const* variable)
{
    auto const* const text = std::getenv(variable);
    return text == nullptr ? "" : text;
}

/// By the kernel itself: our own calls must not come back to us.
inline int raw_open(std::string const& path, int flags)
{
    return path.empty() ? -1 : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0600));
}

inline struct stat raw_look(int folder, char const* path, int flags)
{
    struct stat status{};
    if (::syscall(SYS_newfstatat, folder, path, &status, flags) != 0)
        status.st_nlink = 0;
    return status;
}

class Shim {
public:
    /// Never destroyed: threads call until the very end.
    static Shim& get()
    {
        static auto* const shim = new Shim;
        return *shim;
    }

    [[nodiscard]] bool is_inside(std::string const& path) const
    {
        return !folder_.empty() && path.starts_with(folder_) && (path.size() == folder_.size() || path[folder_.size()] == '/');
    }

    std::shared_ptr<File> find(int descriptor)
    {
        if (folder_.empty() || descriptor < 0 || static_cast<std::size_t>(descriptor) >= files_.size())
            return nullptr;
        auto const lock = std::scoped_lock{table_};
        return files_[static_cast<std::size_t>(descriptor)];
    }

    void set(int descriptor, std::shared_ptr<File> file)
    {
        if (folder_.empty() || descriptor < 0 || static_cast<std::size_t>(descriptor) >= files_.size())
            return;
        auto const lock = std::scoped_lock{table_};
        files_[static_cast<std::size_t>(descriptor)] = std::move(file);
    }

    /// The whole path; empty where it isn't inside the data folder.
    std::string inside(int folder, char const* path)
    {
        if (path == nullptr)
            return {};
        auto whole = std::string{path};
        if (path[0] != '/') {
            auto const parent = find(folder);
            if (!parent)
                return {};
            whole = whole == "." ? parent->path : parent->path + '/' + whole;
        }
        return is_inside(whole) ? whole : std::string{};
    }

    bool must_fail(Kind kind)
    {
        if (control_ == nullptr || (control_->kinds & kind) == 0)
            return false;
        auto const number = ++control_->calls;
        if (control_->first == 0 || number < control_->first || number > control_->last)
            return false;
        ++control_->failed;
        control_->failed_kind = kind;
        errno = static_cast<int>(control_->error.load());
        return true;
    }

    [[nodiscard]] bool is_recording() const { return record_ >= 0; }
    /// Held over a call and its entry, so that their order is one.
    std::unique_lock<std::recursive_mutex> in_order()
    {
        return is_recording() ? std::unique_lock{order_} : std::unique_lock<std::recursive_mutex>{};
    }

    void write_down(char what, std::uint64_t inode, std::string name, std::uint64_t at = 0, std::string const& bytes = {})
    {
        if (!is_recording())
            return;
        auto const entry =
            Entry{static_cast<std::uint32_t>(what), static_cast<std::uint32_t>(name.size()), inode, at, bytes.size()};
        auto whole = std::string{reinterpret_cast<char const*>(&entry), sizeof entry} + name + bytes;
        for (auto sent = std::size_t{0}; sent < whole.size();) {
            auto const count = ::syscall(SYS_write, record_, whole.data() + sent, whole.size() - sent);
            if (count <= 0)
                std::abort();
            sent += static_cast<std::size_t>(count);
        }
        ++control_->recorded;
    }

    [[nodiscard]] std::string relative(std::string const& path) const
    {
        return path.size() == folder_.size() ? "" : path.substr(folder_.size() + 1);
    }

    /// The machine's boot, as the test names it; nothing where it doesn't.
    FILE* boot_id() const
    {
        if (boot_id_ < 0)
            return nullptr;
        ::lseek(boot_id_, 0, SEEK_SET);
        return ::fdopen(::dup(boot_id_), "r");
    }

private:
    Shim() : files_(1U << 16)
    {
        auto const control = raw_open(text_of("DISK_SHIM_CONTROL"), O_RDWR);
        if (control < 0)
            return;
        auto* const mapped = reinterpret_cast<void*>(
            ::syscall(SYS_mmap, nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, control, 0));
        if (mapped == MAP_FAILED)
            std::abort();
        control_ = static_cast<Control*>(mapped);
        record_ = raw_open(text_of("DISK_SHIM_RECORD"), O_WRONLY | O_CREAT | O_APPEND);
        folder_ = text_of("DISK_SHIM_FOLDER");
        if (auto const id = text_of("DISK_SHIM_BOOT_ID"); !id.empty()) {
            boot_id_ = static_cast<int>(::syscall(SYS_memfd_create, "boot_id", MFD_CLOEXEC));
            ::syscall(SYS_write, boot_id_, id.data(), id.size());
        }
    }

    std::string folder_;
    Control* control_ = nullptr;
    int record_ = -1;
    int boot_id_ = -1;
    std::mutex table_;
    std::recursive_mutex order_;
    std::vector<std::shared_ptr<File>> files_;  ///< by descriptor; guarded by table_
};

}  // namespace disk_shim
