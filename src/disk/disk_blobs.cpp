#include "disk/disk_blobs.hpp"

#include "async/at_once.hpp"
#include "disk/pieces.hpp"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

// Threads that mostly sleep: what waits for the disk together, the file system writes together.
constexpr auto kSlowThreads = std::size_t{8};
constexpr auto kMostSlowWaiting = std::size_t{4096};

class DiskReader final : public BlobReader {
public:
    DiskReader(Pieces pieces, BlockingPool& pool) : pieces_(std::move(pieces)), pool_(pool) {}
    [[nodiscard]] std::optional<FilePart> part_at(ByteOffset at) const override { return pieces_.part_at(at); }
    Task<> read(ByteOffset at, MutableBytes out) const override
    {
        co_return co_await pool_.run([&] { return pieces_.read_blocking(at, out); });
    }
    [[nodiscard]] Result<> read_blocking(ByteOffset at, MutableBytes out) const override
    {
        return pieces_.read_blocking(at, out);
    }
    [[nodiscard]] Result<ByteCount> length_blocking() const override { return pieces_.size_blocking(); }

private:
    Pieces pieces_;
    BlockingPool& pool_;
};

/// Whose blob a file is; nothing where it is none of ours.
std::optional<BlobKey> key_of(std::string_view file_name)
{
    auto const key = BlobKey::parse(file_name.substr(0, file_name.find('.')));
    return key ? std::optional{*key} : std::nullopt;
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
    TRY(auto file, open_file(*shard, key.hex(), O_RDWR | O_CREAT));
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
    TRY(auto pieces, Pieces::open_blocking(*shard, key));
    return std::make_shared<DiskReader>(std::move(pieces), disk_pool_);
}

Task<ByteCount> DiskBlobs::size_of(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<ByteCount> {
        TRY(auto const* const shard, shard_of_blocking(key));
        TRY(auto const pieces, Pieces::open_blocking(*shard, key));
        return pieces.size_blocking();
    });
}

Task<std::vector<BlobKey>> DiskBlobs::erase(std::vector<BlobKey> keys)
{
    // By two threads: a file system lets each wait for its journal.
    auto gone = std::array<std::vector<BlobKey>, 2>{};
    auto const middle = keys.begin() + static_cast<std::ptrdiff_t>((keys.size() + 1) / 2);
    auto const halves = std::array{std::span{keys.begin(), middle}, std::span{middle, keys.end()}};
    auto const erase_half = [&](std::size_t half) {
        return disk_pool_.run([&, half]() -> Result<> {
            gone[half] = erase_blocking(halves[half]);
            return {};
        });
    };
    CO_TRY(co_await run_at_once(std::min(keys.size(), halves.size()), halves.size(), erase_half));
    gone[0].insert(gone[0].end(), gone[1].begin(), gone[1].end());
    co_return std::move(gone[0]);
}

/// One that can't be got at keeps none behind it from going.
std::vector<BlobKey> DiskBlobs::erase_blocking(std::span<BlobKey const> keys)
{
    auto gone = std::vector<BlobKey>{};
    for (auto const& key : keys)
        if (auto const shard = shard_of_blocking(key); shard && remove_files(**shard, key))
            gone.push_back(key);
    return gone;
}

Task<std::vector<BlobKey>> DiskBlobs::list()
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<BlobKey>> {
        auto keys = std::vector<BlobKey>{};
        // Names that are no shards or keys are none of ours and stay.
        for (auto const& shard : names_in(blobs_, "."))
            if (shard.size() == 2)
                for (auto const& name : names_in(blobs_, shard.c_str()))
                    if (auto const key = key_of(name))
                        keys.push_back(*key);
        std::ranges::sort(keys);
        keys.erase(std::ranges::unique(keys).begin(), keys.end());
        return keys;
    });
}

Result<> DiskBlobs::check_room_for(ByteCount more)
{
    return free_space_.check_room_for(more);
}

}  // namespace fleeting::disk
