#include "disk/pieces.hpp"

#include "disk/disk_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

Result<ByteCount> size_of(Descriptor const& file)
{
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return fail(errno_error("looking at a blob"));
    return ByteCount{static_cast<std::uint64_t>(status.st_size)};
}

/// Whether a name is gone, and whether it was there.
struct Removal {
    bool is_gone;
    bool was_there;
};

Removal remove(Shard const& shard, std::string const& name)
{
    auto const removed = ::unlinkat(shard.get(), name.c_str(), 0) == 0;
    return {removed || errno == ENOENT, removed};
}

}  // namespace

std::string piece_name(BlobKey const& key, std::size_t index, bool is_last)
{
    return key.hex() + '.' + std::to_string(index) + (is_last ? ".end" : "");
}

Result<Descriptor> open_file(Shard const& shard, std::string const& name, int flags)
{
    // O_NONBLOCK: a pipe in its place is an error then, and not a thread that waits for ever.
    auto file = Descriptor{::openat(shard.get(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600)};
    if (!file)
        return fail(errno_error("opening a blob"));
    return file;
}

bool remove_files(Shard const& shard, BlobKey const& key)
{
    auto const whole = remove(shard, key.hex());
    if (!whole.is_gone || whole.was_there)
        return whole.is_gone;
    auto are_gone = true;
    for (auto index = std::size_t{0}; index < kMostPieces; ++index)
        for (auto const is_last : {false, true})
            are_gone = remove(shard, piece_name(key, index, is_last)).is_gone && are_gone;
    return are_gone;
}

Result<Pieces> Pieces::open_blocking(Shard const& shard, BlobKey const& key)
{
    auto pieces = Pieces{};
    auto whole = open_file(shard, key.hex(), O_RDONLY);
    if (whole) {
        pieces.pieces_.push_back({*std::move(whole), {}, {kMaxSize}});
        return pieces;
    }
    if (whole.error().code != Errc::not_found)
        return fail(whole.error());
    for (auto index = std::size_t{0};; ++index) {
        if (auto last = open_file(shard, piece_name(key, index, true), O_RDONLY)) {
            TRY(pieces.add_blocking(*std::move(last)));
            return pieces;
        }
        TRY(auto next, open_file(shard, piece_name(key, index, false), O_RDONLY));
        TRY(pieces.add_blocking(std::move(next)));
    }
}

Result<> Pieces::add_blocking(Descriptor file)
{
    auto const begin = pieces_.empty() ? ByteOffset{} : pieces_.back().end;
    TRY(auto const size, size_of(file));
    pieces_.push_back({std::move(file), begin, begin + size});
    return {};
}

FilePart Pieces::part_at(ByteOffset at) const
{
    auto const behind = std::ranges::upper_bound(pieces_, at, {}, &Piece::begin);
    auto const& piece = *std::prev(behind);
    return {piece.file.get(), ByteOffset{(at - piece.begin).value}, piece.end - at};
}

Result<ByteCount> Pieces::size_blocking() const
{
    return pieces_.size() == 1 && pieces_.front().end == ByteOffset{kMaxSize} ? size_of(pieces_.front().file)
                                                                              : ByteCount{pieces_.back().end.value};
}

Result<> Pieces::read_blocking(ByteOffset at, MutableBytes out) const
{
    while (!out.empty()) {
        auto const part = part_at(at);
        auto const here = out.first(std::min<std::uint64_t>(out.size(), part.count.value));
        if (here.empty())
            return fail(Errc::unavailable, "a blob is shorter than its row says");
        TRY(read_all_blocking(part.descriptor, part.from, here));
        at = at + ByteCount{here.size()};
        out = out.subspan(here.size());
    }
    return {};
}

}  // namespace fleeting::disk
