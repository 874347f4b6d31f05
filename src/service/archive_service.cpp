#include "service/archive_service.hpp"

#include "base/base64.hpp"
#include "base/little_endian.hpp"
#include "crypto/running_sha256.hpp"
#include "domain/portable_names.hpp"
#include "service/archive_stream.hpp"

#include <algorithm>

namespace fleeting {
namespace {

constexpr auto kDigestBatch = std::size_t{32} << 10;

/// Names the bytes that this layout gives.
std::string tag_of(ZipLayout const& layout, std::vector<BlobKey> const& blobs)
{
    auto digest = crypto::RunningSha256{};
    auto const& entries = layout.entries();
    auto told = std::vector<std::byte>{};
    for (auto i = std::size_t{0}; i < entries.size(); ++i) {
        auto const name = std::as_bytes(std::span{entries[i].name});
        append_little_endian(told, std::uint64_t{name.size()});
        append_little_endian(told, entries[i].size.value);
        append_little_endian(told, static_cast<std::uint64_t>(entries[i].modified_at.time_since_epoch().count()));
        told.insert(told.end(), name.begin(), name.end());
        told.insert(told.end(), blobs[i].raw.begin(), blobs[i].raw.end());
        if (told.size() >= kDigestBatch || i + 1 == entries.size()) {
            digest.update(told);
            told.clear();
        }
    }
    return to_base64url(digest.digest().bytes().first(16));
}

/// The rows, taken apart: each part as small as it can be kept while the archive is sent.
struct Contents {
    std::vector<ZipEntry> entries;
    std::vector<BlobKey> blobs;
};

Contents contents_of(std::vector<ArchiveEntry> rows)
{
    auto contents = Contents{};
    contents.entries.reserve(rows.size());
    contents.blobs.reserve(rows.size());
    for (auto const& row : rows) {
        contents.entries.push_back({portable_name(row.name), row.size, row.crc32, row.modified_at});
        contents.blobs.push_back(row.blob);
    }
    return contents;
}

void make_unique(std::vector<ZipEntry>& entries)
{
    auto names = PortableNames{};
    for (auto const& entry : entries)
        names.add_folders_of(entry.name);
    for (auto& entry : entries)
        entry.name = names.unique(std::move(entry.name));
}

Archive archive_of(std::vector<ArchiveEntry> rows, std::uint64_t version)
{
    auto contents = contents_of(std::move(rows));
    make_unique(contents.entries);
    auto layout = ZipLayout{std::move(contents.entries)};
    auto tag = tag_of(layout, contents.blobs);
    return {std::move(layout), std::move(contents.blobs), std::move(tag), version};
}

/// What decides an archive: the room as it is now, and the wish. As long as nothing changes the same wish gets the same archive.
Sha256 key_of(Room const& room, ArchiveWish const& wish)
{
    auto digest = crypto::RunningSha256{};
    auto told = std::vector<std::byte>{};
    append_little_endian(told, room.version);
    append_little_endian(told, wish.at.value_or(room.version));
    digest.update(room.id.bytes());
    digest.update(told);
    for (auto const& id : wish.ids)
        digest.update(id.bytes());
    return digest.digest();
}

}  // namespace

Task<std::shared_ptr<Archive const>> ArchiveService::lay_out(Admission const& admission, ArchiveWish wish)
{
    auto const key = key_of(admission.room, wish);
    if (auto running = find(key))
        co_return running;
    CO_TRY(auto const making, begin(key, admission.session.id));
    auto const wanted = wish.ids.size();
    auto const version = wish.at.value_or(admission.room.version);
    CO_TRY(auto rows, co_await store_.list_archive(admission.room.id, version, std::move(wish.ids), clock_.now()));
    if (wanted > 0 && rows.size() != wanted)
        co_return fail_field(Errc::not_found, "ids", "not a complete file of this room");
    CO_TRY(auto archive, co_await pool_.run([&]() -> Result<std::shared_ptr<Archive>> {
        return std::make_shared<Archive>(archive_of(std::move(rows), version));
    }));
    archive->gone = deliveries_.add(Deliveries::Blobs{archive, &archive->blobs});
    keep(key, archive);
    co_return archive;
}

std::shared_ptr<Archive const> ArchiveService::find(Sha256 const& key)
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = running_.find(key);
    return found == running_.end() ? nullptr : found->second.archive.lock();
}

Result<std::shared_ptr<void const>> ArchiveService::begin(Sha256 const& key, TokenHash const& session)
{
    auto const lock = std::scoped_lock{mutex_};
    std::erase_if(running_, [](auto const& entry) { return entry.second.is_over(); });
    auto const is_theirs = [&](auto const& entry) { return entry.second.session == session; };
    if (static_cast<std::size_t>(std::ranges::count_if(running_, is_theirs)) >= kMostOfASession)
        return fail(Error{Errc::rate_limited, "too many archives at once", {}, 5});
    auto making = std::make_shared<bool>();
    running_[key] = Running{session, making, {}};
    return making;
}

void ArchiveService::keep(Sha256 const& key, std::shared_ptr<Archive const> const& archive)
{
    auto const lock = std::scoped_lock{mutex_};
    if (auto const found = running_.find(key); found != running_.end())
        found->second.archive = archive;
}

Task<> ArchiveService::send(std::shared_ptr<Archive const> archive, ByteOffset from, ByteCount count, ByteSink& sink)
{
    auto stream = ArchiveStream{*archive, blobs_, sink};
    co_return co_await stream.send(from, count);
}

}  // namespace fleeting
