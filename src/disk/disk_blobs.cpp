#include "disk/disk_blobs.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

// Threads that mostly sleep: what waits for the disk together, the file system writes together.
constexpr auto kSlowThreads = std::size_t{8};
constexpr auto kMostSlowWaiting = std::size_t{4096};
// What one whole gets copied before the next one's turn.
constexpr auto kSlice = ByteCount{64ULL << 20};

class DiskReader final : public BlobReader {
public:
    DiskReader(Descriptor file, BlockingPool& pool) : file_(std::move(file)), pool_(pool) {}
    [[nodiscard]] std::optional<int> descriptor() const override { return file_.get(); }
    Task<> read(ByteOffset at, MutableBytes out) const override
    {
        co_return co_await pool_.run([&] { return read_all_blocking(file_.get(), at, out); });
    }

private:
    Descriptor file_;
    BlockingPool& pool_;
};

Result<Descriptor> open_blob(Shard const& shard, BlobKey const& key, int flags)
{
    auto file = Descriptor{::openat(shard.get(), key.hex().c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file)
        return fail(errno_error("opening a blob"));
    return file;
}

/// The names in a folder inside `parent`; none where it isn't there.
std::vector<std::string> names_in(Descriptor const& parent, char const* name)
{
    auto names = std::vector<std::string>{};
    auto* const folder = ::fdopendir(::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder == nullptr)
        return names;
    while (auto const* entry = ::readdir(folder))
        names.emplace_back(entry->d_name);
    ::closedir(folder);
    return names;
}

}  // namespace

Result<std::unique_ptr<DiskBlobs>> DiskBlobs::open(Descriptor folder, DiskFloor floor, BlockingPool& disk_pool, bool write_early)
{
    TRY(auto blobs, open_subfolder(folder, "blobs"));
    if (::fsync(folder.get()) != 0)
        return fail(sync_error("syncing the data folder"));
    auto store = std::unique_ptr<DiskBlobs>{new DiskBlobs{std::move(folder), std::move(blobs), floor, disk_pool, write_early}};
    return store;
}

DiskBlobs::DiskBlobs(Descriptor folder, Descriptor blobs, DiskFloor floor, BlockingPool& disk_pool, bool write_early)
    : folder_(std::move(folder)), blobs_(std::move(blobs)), free_space_(folder_, floor), disk_pool_(disk_pool),
      slow_pool_("slow disk", kSlowThreads, kMostSlowWaiting), write_early_(write_early)
{
}

Result<Shard*> DiskBlobs::shard_of_blocking(BlobKey const& key)
{
    auto const lock = std::scoped_lock{mutex_};
    // The last byte: the first ones are the time.
    auto const last = Bytes{key.raw}.last(1);
    auto& shard = shards_[std::to_integer<std::size_t>(last[0])];
    if (!shard) {
        TRY(auto folder, open_subfolder(blobs_, to_hex(last).c_str()));
        shard = std::make_unique<Shard>(std::move(folder), blobs_);
    }
    return shard.get();
}

Result<std::unique_ptr<DiskWriter>> DiskBlobs::open_writer_blocking(BlobKey const& key)
{
    TRY(auto* const shard, shard_of_blocking(key));
    TRY(auto file, open_blob(*shard, key, O_RDWR | O_CREAT));
    return std::make_unique<DiskWriter>(std::move(file), *shard, slow_pool_, write_early_);
}

Task<std::unique_ptr<BlobWriter>> DiskBlobs::open_writer(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::unique_ptr<BlobWriter>> { return open_writer_blocking(key); });
}

Task<> DiskBlobs::put(BlobKey key, Bytes bytes, bool sync)
{
    auto& pool = sync ? slow_pool_ : disk_pool_;
    co_return co_await pool.run([&]() -> Result<> {
        TRY(auto const writer, open_writer_blocking(key));
        TRY(writer->write_blocking({}, bytes));
        return sync ? writer->sync_blocking() : Result<>{};
    });
}

Result<> DiskBlobs::link_blocking(BlobKey const& from, BlobKey const& to)
{
    TRY(auto const* const source, shard_of_blocking(from));
    TRY(auto const* const target, shard_of_blocking(to));
    auto const name = to.hex();
    if (::linkat(source->get(), from.hex().c_str(), target->get(), name.c_str(), 0) != 0)
        return fail(errno_error("linking a blob"));
    // Two wholes on one inode would each write behind their common beginning. Looked at afterwards, so that of two at a time at
    // least one sees the other.
    struct stat status{};
    if (::fstatat(target->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_nlink == 2)
        return {};
    ::unlinkat(target->get(), name.c_str(), 0);
    return fail(Errc::unavailable, "another whole already begins with this blob");
}

Result<std::unique_ptr<DiskWriter>> DiskBlobs::begin_whole_blocking(BlobKey const& key, BlobPart const& first)
{
    // The first part becomes the whole's beginning without a copy; what an earlier try put behind it is cut off.
    TRY(link_blocking(first.key, key));
    TRY(auto whole, open_writer_blocking(key));
    TRY(whole->truncate_blocking({first.size.value}));
    return whole;
}

Task<> DiskBlobs::append_part(DiskWriter& whole, BlobPart part, ByteOffset at)
{
    auto const open = [&]() -> Result<Descriptor> {
        TRY(auto const* const shard, shard_of_blocking(part.key));
        return open_blob(*shard, part.key, O_RDONLY);
    };
    CO_TRY(auto const file, co_await disk_pool_.run(open));
    for (auto done = ByteCount{0}; done < part.size;) {
        auto const size = std::min(kSlice, part.size - done);
        auto const slice = DiskWriter::Piece{file, ByteOffset{done.value}, size};
        CO_TRY(co_await slow_pool_.run([&] { return whole.copy_blocking(slice, at + done); }));
        done = done + size;
    }
    co_return Result<>{};
}

Task<> DiskBlobs::concatenate(BlobKey key, std::vector<BlobPart> parts, bool sync)
{
    auto const begin = [&] { return begin_whole_blocking(key, parts.front()); };
    CO_TRY(auto const whole, co_await disk_pool_.run(begin));
    auto at = ByteOffset{parts.front().size.value};
    for (auto const& part : std::span{parts}.subspan(1)) {
        CO_TRY(co_await append_part(*whole, part, at));
        at = at + part.size;
    }
    co_return sync ? co_await whole->sync() : Result<>{};
}

Task<std::shared_ptr<BlobReader const>> DiskBlobs::open_reader(BlobKey key)
{
    co_return co_await disk_pool_.run([&] { return open_reader_blocking(key); });
}

Task<std::vector<std::shared_ptr<BlobReader const>>> DiskBlobs::open_readers(std::vector<BlobKey> keys)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<std::shared_ptr<BlobReader const>>> {
        auto readers = std::vector<std::shared_ptr<BlobReader const>>{};
        for (auto const& key : keys) {
            auto reader = open_reader_blocking(key);
            if (!reader && reader.error().code != Errc::not_found)
                return fail(reader.error());
            readers.push_back(reader ? *std::move(reader) : nullptr);
        }
        return readers;
    });
}

Result<std::shared_ptr<BlobReader const>> DiskBlobs::open_reader_blocking(BlobKey const& key)
{
    TRY(auto* const shard, shard_of_blocking(key));
    TRY(auto file, open_blob(*shard, key, O_RDONLY));
    return std::make_shared<DiskReader>(std::move(file), disk_pool_);
}

Task<ByteCount> DiskBlobs::size_of(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<ByteCount> {
        TRY(auto const* const shard, shard_of_blocking(key));
        struct stat status{};
        if (::fstatat(shard->get(), key.hex().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return fail(errno_error("looking at a blob"));
        return ByteCount{static_cast<std::uint64_t>(status.st_size)};
    });
}

Task<std::vector<BlobKey>> DiskBlobs::erase(std::vector<BlobKey> keys)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<BlobKey>> {
        auto gone = std::vector<BlobKey>{};
        for (auto const& key : keys) {
            TRY(auto const* const shard, shard_of_blocking(key));
            if (::unlinkat(shard->get(), key.hex().c_str(), 0) == 0 || errno == ENOENT)
                gone.push_back(key);
        }
        return gone;
    });
}

Task<std::vector<BlobKey>> DiskBlobs::list()
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<BlobKey>> {
        auto keys = std::vector<BlobKey>{};
        // Names that are no shards or keys are none of ours and stay.
        for (auto const& shard : names_in(blobs_, "."))
            if (shard.size() == 2)
                for (auto const& name : names_in(blobs_, shard.c_str()))
                    if (auto const key = BlobKey::parse(name))
                        keys.push_back(*key);
        return keys;
    });
}

Result<> DiskBlobs::check_room_for(ByteCount more)
{
    return free_space_.check_room_for(more);
}

}  // namespace fleeting::disk
