#include "disk/disk_blobs.hpp"

#include "disk/disk_writer.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fleeting::disk {
namespace {

class DiskReader final : public BlobReader {
public:
    explicit DiskReader(Descriptor file) : file_(std::move(file)) {}
    [[nodiscard]] int descriptor() const override { return file_.get(); }

private:
    Descriptor file_;
};

std::size_t shard_of(BlobKey const& key)
{
    return std::to_integer<std::size_t>(key.raw[0]);
}

Result<Descriptor> open_blob(Descriptor const& shard, BlobKey const& key, int flags)
{
    auto file = Descriptor{::openat(shard.get(), key.hex().c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file)
        return fail(errno_error("opening a blob"));
    return file;
}

/// Adds the keys of one shard. Names that are no keys are none of ours and stay.
void list_shard(Descriptor const& shard, std::vector<BlobKey>& keys)
{
    auto* const folder = ::fdopendir(::openat(shard.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder == nullptr)
        return;
    while (auto const* entry = ::readdir(folder))
        if (auto const key = BlobKey::parse(entry->d_name))
            keys.push_back(*key);
    ::closedir(folder);
}

}  // namespace

Result<std::unique_ptr<DiskBlobs>> DiskBlobs::open(Descriptor folder, DiskFloor floor, BlockingPool& disk_pool)
{
    TRY(auto blobs, open_subfolder(folder, "blobs"));
    auto store = std::unique_ptr<DiskBlobs>{new DiskBlobs{std::move(folder), std::move(blobs), floor, disk_pool}};
    for (auto i = std::size_t{0}; i < store->shards_.size(); ++i) {
        auto const byte = static_cast<std::byte>(i);
        TRY(store->shards_[i], open_subfolder(store->blobs_, to_hex({&byte, 1}).c_str()));
    }
    return store;
}

DiskBlobs::DiskBlobs(Descriptor folder, Descriptor blobs, DiskFloor floor, BlockingPool& disk_pool)
    : folder_(std::move(folder)), blobs_(std::move(blobs)), free_space_(folder_, floor), disk_pool_(disk_pool)
{
}

Task<std::unique_ptr<BlobWriter>> DiskBlobs::open_writer(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::unique_ptr<BlobWriter>> {
        auto const& shard = shards_[shard_of(key)];
        auto created = open_blob(shard, key, O_RDWR | O_CREAT | O_EXCL);
        if (created)
            return std::make_unique<DiskWriter>(*std::move(created), &shard, disk_pool_);
        if (errno != EEXIST)
            return fail(created.error());
        TRY(auto file, open_blob(shard, key, O_RDWR));
        return std::make_unique<DiskWriter>(std::move(file), nullptr, disk_pool_);
    });
}

Task<std::shared_ptr<BlobReader const>> DiskBlobs::open_reader(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::shared_ptr<BlobReader const>> {
        TRY(auto file, open_blob(shards_[shard_of(key)], key, O_RDONLY));
        return std::make_shared<DiskReader>(std::move(file));
    });
}

Task<ByteCount> DiskBlobs::size_of(BlobKey key)
{
    co_return co_await disk_pool_.run([&]() -> Result<ByteCount> {
        struct stat status{};
        if (::fstatat(shards_[shard_of(key)].get(), key.hex().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return fail(errno_error("looking at a blob"));
        return ByteCount{static_cast<std::uint64_t>(status.st_size)};
    });
}

Task<std::vector<BlobKey>> DiskBlobs::erase(std::vector<BlobKey> keys)
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<BlobKey>> {
        auto gone = std::vector<BlobKey>{};
        for (auto const& key : keys)
            if (::unlinkat(shards_[shard_of(key)].get(), key.hex().c_str(), 0) == 0 || errno == ENOENT)
                gone.push_back(key);
        return gone;
    });
}

Task<std::vector<BlobKey>> DiskBlobs::list()
{
    co_return co_await disk_pool_.run([&]() -> Result<std::vector<BlobKey>> {
        auto keys = std::vector<BlobKey>{};
        for (auto const& shard : shards_)
            list_shard(shard, keys);
        return keys;
    });
}

Result<> DiskBlobs::check_room_for(ByteCount more)
{
    return free_space_.check_room_for(more);
}

}  // namespace fleeting::disk
