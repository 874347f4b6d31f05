// One file from several partial uploads (tus 1.0.0, Concatenation).

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "service/upload_service.hpp"

#include <algorithm>

namespace fleeting {
namespace {

constexpr auto kField = "Upload-Concat";

std::vector<BlobPart> blobs_of(std::vector<FileEntry> const& parts)
{
    auto blobs = std::vector<BlobPart>{};
    for (auto const& part : parts)
        blobs.push_back({part.blob, part.size});
    return blobs;
}

/// Reads what the whole will be, with one part open at a time.
class PartsReader {
public:
    PartsReader(BlobStore& store, std::vector<BlobPart> parts) : store_(store), parts_(std::move(parts)) {}
    Result<> operator()(ByteOffset at, MutableBytes out)
    {
        auto begin = ByteOffset{0};
        for (auto const& part : parts_) {
            auto const end = begin + part.size;
            auto const from = std::max(at, begin);
            auto const to = std::min(at + ByteCount{out.size()}, end);
            if (from < to) {
                TRY(read(part.key, ByteOffset{(from - begin).value}, out.subspan((from - at).value, (to - from).value)));
            }
            begin = end;
        }
        return {};
    }

private:
    Result<> read(BlobKey blob, ByteOffset at, MutableBytes out)
    {
        if (!reader_ || blob != open_) {
            TRY(reader_, run_blocking(store_.open_reader(blob)));
            open_ = blob;
        }
        return reader_->read_blocking(at, out);
    }

    BlobStore& store_;
    std::vector<BlobPart> parts_;
    BlobKey open_{};
    std::shared_ptr<BlobReader const> reader_;  // of `open_`
};

}  // namespace

Task<std::vector<KeyedLock::Guard>> UploadService::lock_parts(std::vector<FileId> ids)
{
    // In one order, so that two who want the same parts don't wait for each other.
    std::ranges::sort(ids);
    if (ids.empty() || std::ranges::adjacent_find(ids) != ids.end())
        co_return fail_field(Errc::invalid_request, kField, "none, or one twice");
    auto guards = std::vector<KeyedLock::Guard>{};
    for (auto const& id : ids) {
        CO_TRY(auto guard, co_await locks_.acquire(id.hex(), [] {}, settings_.lock_patience));
        guards.push_back(std::move(guard));
    }
    co_return guards;
}

Task<std::vector<FileEntry>> UploadService::find_parts(Admission const& admission, std::vector<FileId> const& ids)
{
    auto parts = std::vector<FileEntry>{};
    for (auto const& id : ids) {
        auto part = co_await find_own(admission, id);
        if (!part && part.error().code != Errc::not_found && part.error().code != Errc::forbidden)
            co_return fail(part.error());
        if (!part || !part->is_partial || !part->is_complete() || !part->crc32)
            co_return fail_field(Errc::invalid_request, kField, "not a finished partial upload of the caller");
        parts.push_back(*std::move(part));
    }
    co_return parts;
}

/// What those parts became already: asked again by a client that never heard the answer.
Task<FileEntry> UploadService::find_whole(Admission const& admission, std::string const& parts)
{
    CO_TRY(auto const files, co_await parts_.store.list_files(admission.room.id, parts_.clock.now()));
    auto const is_it = [&](FileEntry const& file) {
        return file.concatenated_from == parts && file.uploader_id == admission.session.id;
    };
    auto const whole = std::ranges::find_if(files, is_it);
    co_return whole == files.end() ? fail(Errc::not_found) : Result<FileEntry>{*whole};
}

Task<FileEntry> UploadService::concatenate(Admission const& admission, CreateUpload wish, std::vector<FileId> ids)
{
    auto listed = std::string{};
    for (auto const& id : ids)
        listed += (listed.empty() ? "" : " ") + id.hex();
    CO_TRY(auto const locks, co_await lock_parts(ids));
    auto found = co_await find_parts(admission, ids);
    if (!found) {
        auto whole = co_await find_whole(admission, listed);
        co_return whole ? whole : fail(found.error());
    }
    auto const parts = *std::move(found);
    auto size = ByteCount{0};
    for (auto const& part : parts)
        size = size + part.size;
    // The parts' reservation becomes the whole's, so the quota can't be short of it.
    auto room_for_it = admission;
    room_for_it.room.used = room_for_it.room.used - std::min(size, room_for_it.room.used);
    room_for_it.room.file_count -= std::min<std::uint32_t>(room_for_it.room.file_count, 1);
    wish.length = size;
    CO_TRY(auto whole, co_await new_entry(room_for_it, wish));
    whole.concatenated_from = std::move(listed);
    // Before there is a blob of the whole: one without a row that is minutes old is taken for an orphan by other nodes.
    if (whole.stated_sha256) {
        CO_TRY(co_await hold_to_stated(whole, parts));
        // They tell its age by its key.
        auto const fresh = crypto::ordered_id<BlobKey>(parts_.clock.now());
        CO_TRY(whole.blob, co_await parts_.blobs.name_blob(fresh, whole.room_id));
    }
    auto const birth = NascentBlobs::Birth{parts_.live.nascent, whole.blob};
    auto stored = co_await store_whole(whole, parts);
    auto change = stored ? co_await parts_.store.concatenate_files(whole, ids, parts_.clock.now()) : fail(stored.error());
    if (!change) {
        CO_TRY(co_await erase_unborn(whole.blob, change.error()));
        co_return fail(change.error());
    }
    for (auto const& id : ids)
        parts_.live.forget(id);
    parts_.wake_reaper();
    parts_.bus.publish(whole.room_id, Event{change->room_version, FileAdded{change->file}});
    // The whole is there, whatever becomes of this; what isn't digested now is at the next start.
    if (auto sha256 = whole.sha256 ? fail(Errc::not_found) : co_await digest_of(change->file); sha256) {
        CO_TRY(co_await follow_digest(change->file, *std::move(sha256)));
    }
    co_return std::move(change->file);
}

Task<> UploadService::hold_to_stated(FileEntry& whole, std::vector<FileEntry> const& parts)
{
    auto read = PartsReader{parts_.blobs, blobs_of(parts)};
    auto const begin = crypto::RunningSha256{};
    auto const follower = std::make_shared<DigestFollower>(parts_.digest_workers, std::move(read), begin);
    CO_TRY(whole.sha256, co_await follower->finish(ByteOffset{whole.size.value}));
    if (whole.sha256 != whole.stated_sha256)
        co_return fail(Errc::checksum_mismatch, "of the whole file");
    co_return parts_.blocks.has(*whole.sha256) ? fail(Errc::content_blocked) : Result<>{};
}

Task<> UploadService::store_whole(FileEntry& whole, std::vector<FileEntry> const& parts)
{
    auto crc32 = std::uint32_t{0};
    for (auto const& part : parts)
        crc32 = crypto::joined_crc32(crc32, *part.crc32, part.size);
    CO_TRY(co_await parts_.blobs.concatenate(whole.blob, blobs_of(parts), settings_.sync));
    whole.crc32 = crc32;
    whole.state = FileState::complete;
    whole.offset = ByteOffset{whole.size.value};
    whole.completed_at = parts_.clock.now();
    co_return Result<>{};
}

}  // namespace fleeting
