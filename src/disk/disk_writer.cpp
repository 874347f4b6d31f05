#include "disk/disk_writer.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

// The kernel is told to start writing each so many bytes, so that the sync at the end finds little left to do.
constexpr auto kWriteBack = ByteCount{8ULL << 20};

}  // namespace

Result<> DiskWriter::write_blocking(ByteOffset at, Bytes bytes)
{
    auto const end = at + ByteCount{bytes.size()};
    while (!bytes.empty()) {
        auto const count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at.value));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(errno_error("writing a blob"));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        at = at + ByteCount{static_cast<std::uint64_t>(count)};
    }
    start_write_back(end);
    return {};
}

void DiskWriter::start_write_back(ByteOffset end)
{
    if (!write_early_ || end < written_back_ || end - written_back_ < kWriteBack)
        return;
    auto const count = (end - written_back_).value;
    ::sync_file_range(file_.get(), static_cast<off_t>(written_back_.value), static_cast<off_t>(count), SYNC_FILE_RANGE_WRITE);
    written_back_ = end;
}

Result<> DiskWriter::read_blocking(ByteOffset at, MutableBytes out)
{
    while (!out.empty()) {
        auto const count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(at.value));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(errno_error("reading a blob"));
        if (count == 0)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        out = out.subspan(static_cast<std::size_t>(count));
        at = at + ByteCount{static_cast<std::uint64_t>(count)};
    }
    return {};
}

Result<> DiskWriter::truncate_blocking(ByteOffset size)
{
    if (::ftruncate(file_.get(), static_cast<off_t>(size.value)) != 0)
        return fail(errno_error("cutting a blob"));
    return {};
}

Task<> DiskWriter::sync()
{
    co_return co_await disk_pool_.run([&] { return sync_blocking(); });
}

Result<> DiskWriter::sync_blocking()
{
    if (::fdatasync(file_.get()) != 0)
        return fail(errno_error("syncing a blob"));
    auto const* const folder = fresh_in_.load();
    if (folder != nullptr && ::fsync(folder->get()) != 0)
        return fail(errno_error("syncing a folder"));
    fresh_in_ = nullptr;
    return {};
}

Result<> DiskWriter::copy_blocking(Descriptor const& from, ByteCount size, ByteOffset at)
{
    auto source = off_t{0};
    auto target = static_cast<off_t>(at.value);
    while (size.value > 0) {
        auto const count = ::copy_file_range(from.get(), &source, file_.get(), &target, size.value, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(errno_error("copying a blob"));
        if (count == 0)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        size = size - ByteCount{static_cast<std::uint64_t>(count)};
    }
    return {};
}

}  // namespace fleeting::disk
