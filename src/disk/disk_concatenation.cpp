// One blob from others: each becomes a piece of it, under a second name, and nothing is copied; only of many some are.

#include "disk/disk_blobs.hpp"
#include "disk/pieces.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

// What one whole gets copied before the next one's turn.
constexpr auto kSlice = ByteCount{64ULL << 20};

}  // namespace

Result<> DiskBlobs::link_blocking(BlobKey const& from, Shard const& target, std::string const& name)
{
    TRY(auto const* const source, shard_of_blocking(from));
    if (::linkat(source->get(), from.hex().c_str(), target.get(), name.c_str(), 0) != 0)
        return fail(errno_error("linking a blob"));
    // Two wholes on one inode would each write behind their common beginning. Looked at afterwards, so that of two at a time at
    // least one sees the other.
    struct stat status{};
    if (::fstatat(target.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_nlink == 2)
        return {};
    ::unlinkat(target.get(), name.c_str(), 0);
    return fail(Errc::unavailable, "another whole already has this blob");
}

Result<std::unique_ptr<DiskWriter>> DiskBlobs::begin_piece_blocking(Shard& shard, std::string const& name, BlobPart const& first)
{
    TRY(link_blocking(first.key, shard, name));
    TRY(auto file, open_file(shard, name, O_RDWR));
    auto piece = std::make_unique<DiskWriter>(std::move(file), shard, slow_pool_, write_early_);
    // What an earlier try put behind it is cut off.
    TRY(piece->truncate_blocking({first.size.value}));
    return piece;
}

Task<> DiskBlobs::append_part(DiskWriter& piece, BlobPart part, ByteOffset at)
{
    auto const open = [&]() -> Result<Descriptor> {
        TRY(auto const* const shard, shard_of_blocking(part.key));
        return open_file(*shard, part.key.hex(), O_RDONLY);
    };
    CO_TRY(auto const file, co_await disk_pool_.run(open));
    for (auto done = ByteCount{0}; done < part.size;) {
        auto const size = std::min(kSlice, part.size - done);
        auto const slice = DiskWriter::Piece{file, ByteOffset{done.value}, size};
        CO_TRY(co_await slow_pool_.run([&] { return piece.copy_blocking(slice, at + done); }));
        done = done + size;
    }
    co_return Result<>{};
}

Task<> DiskBlobs::make_piece(Shard& shard, std::string name, std::span<BlobPart const> parts, bool sync)
{
    CO_TRY(auto const piece, co_await disk_pool_.run([&] { return begin_piece_blocking(shard, name, parts.front()); }));
    auto at = ByteOffset{parts.front().size.value};
    for (auto const& part : parts.subspan(1)) {
        CO_TRY(co_await append_part(*piece, part, at));
        at = at + part.size;
    }
    co_return sync ? co_await piece->sync() : Result<>{};
}

Task<> DiskBlobs::concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync)
{
    CO_TRY(auto* const shard, co_await disk_pool_.run([&] { return shard_of_blocking(key); }));
    auto const each = (parts.size() + kMostPieces - 1) / kMostPieces;
    auto left = std::span<BlobPart const>{parts};
    for (auto index = std::size_t{0}; !left.empty(); ++index) {
        auto const here = left.first(std::min(each, left.size()));
        left = left.subspan(here.size());
        auto name = index == 0 && left.empty() ? key.hex() : piece_name(key, index, left.empty());
        CO_TRY(co_await make_piece(*shard, std::move(name), here, sync));
    }
    co_return Result<>{};
}

}  // namespace fleeting::disk
