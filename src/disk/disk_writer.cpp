#include "disk/disk_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace fleeting::disk {
namespace {

// The kernel is told to start writing each so many bytes, so that the sync at the end finds little left to do.
constexpr auto kWriteBack = ByteCount{8ULL << 20};
constexpr auto kCopyBuffer = std::size_t{1} << 20;

/// copy_file_range(2) can't do it between these two files; read(2) and write(2) can.
bool is_beyond_the_file_system(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

}  // namespace

Result<> read_all_blocking(int file, ByteOffset at, MutableBytes out)
{
    while (!out.empty()) {
        auto const count = ::pread(file, out.data(), out.size(), static_cast<off_t>(at.value));
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

Result<> DiskWriter::write_blocking(ByteOffset at, Bytes bytes)
{
    TRY(check());
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
    // A failure to begin is one to write: the pages may be dropped, and no later sync has to tell. Where the call isn't there,
    // nothing was lost.
    if (::sync_file_range(file_.get(), static_cast<off_t>(written_back_.value), static_cast<off_t>(count),
                          SYNC_FILE_RANGE_WRITE) != 0 &&
        (errno == EIO || errno == ENOSPC || errno == EDQUOT))
        has_failed_ = true;
    written_back_ = end;
}

Result<> DiskWriter::read_blocking(ByteOffset at, MutableBytes out)
{
    return read_all_blocking(file_.get(), at, out);
}

Result<> DiskWriter::truncate_blocking(ByteOffset size)
{
    if (::ftruncate(file_.get(), static_cast<off_t>(size.value)) != 0)
        return fail(errno_error("cutting a blob"));
    return {};
}

Task<> DiskWriter::truncate(ByteOffset size)
{
    co_return co_await sync_pool_.run([&] { return truncate_blocking(size); });
}

Task<> DiskWriter::seal(bool sync)
{
    co_return sync ? co_await this->sync() : Result<>{};
}

Task<> DiskWriter::sync()
{
    co_return co_await sync_pool_.run([&] { return sync_blocking(); });
}

Result<> DiskWriter::check() const
{
    return has_failed_ ? fail(Errc::unavailable, "an earlier sync of the blob failed") : Result<>{};
}

Result<> DiskWriter::sync_blocking()
{
    auto const lock = std::scoped_lock{sync_mutex_};
    TRY(check());
    auto synced = ::fdatasync(file_.get()) == 0 ? Result<>{} : fail(sync_error("syncing a blob"));
    // Whoever made the file may have gone before it synced the entry, so the first sync of each writer does.
    if (synced && !is_named_)
        synced = shard_.sync_blocking();
    if (!synced) {
        has_failed_ = true;
        return synced;
    }
    is_named_ = true;
    return check();
}

Result<> DiskWriter::copy_blocking(Piece piece, ByteOffset at)
{
    TRY(check());
    auto const end = at + piece.size;
    while (piece.size > ByteCount{0}) {
        auto source = static_cast<off_t>(piece.from.value);
        auto target = static_cast<off_t>(at.value);
        auto const count = ::copy_file_range(piece.file.get().get(), &source, file_.get(), &target, piece.size.value, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return is_beyond_the_file_system(errno) ? copy_through_buffer_blocking(piece, at)
                                                    : fail(errno_error("copying a blob"));
        if (count == 0)
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        auto const copied = ByteCount{static_cast<std::uint64_t>(count)};
        piece = {piece.file, piece.from + copied, piece.size - copied};
        at = at + copied;
    }
    start_write_back(end);
    return {};
}

Result<> DiskWriter::copy_through_buffer_blocking(Piece piece, ByteOffset at)
{
    auto buffer = std::vector<std::byte>(std::min<std::uint64_t>(kCopyBuffer, piece.size.value));
    while (piece.size > ByteCount{0}) {
        auto const part = MutableBytes{buffer}.first(std::min<std::uint64_t>(buffer.size(), piece.size.value));
        TRY(read_all_blocking(piece.file.get().get(), piece.from, part));
        TRY(write_blocking(at, part));
        auto const copied = ByteCount{part.size()};
        piece = {piece.file, piece.from + copied, piece.size - copied};
        at = at + copied;
    }
    return {};
}

}  // namespace fleeting::disk
