#include "service/upload_service.hpp"

#include "crypto/random.hpp"
#include "domain/names.hpp"
#include "service/upload_transfer.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// Enough for every I/O thread of a large machine to keep one slab filling and one storing; 8 MiB at most.
constexpr auto kSlabs = std::size_t{16};

// An upload of unknown length reserves this much ahead, so that quota costs a statement now and then, not for each read.
constexpr auto kReserveAhead = ByteCount{16ULL << 20};

}  // namespace

UploadService::UploadService(UploadParts parts, UploadSettings settings)
    : parts_(std::move(parts)), settings_(settings), slabs_(kSlabs)
{
}

Task<> UploadService::prepare(std::string boot_id)
{
    CO_TRY(auto const known, co_await parts_.store.get_or_insert("boot_id", boot_id));
    if (known == boot_id)
        co_return Result<>{};
    // After a power loss a blob's length may promise bytes that never reached the disk; after a crash of the process it doesn't.
    CO_TRY(auto const uploads, co_await parts_.store.list_uploads());
    for (auto const& file : uploads) {
        CO_TRY(co_await cut_back(file));
    }
    // Told last: were this cut short, the next start would do it again.
    CO_TRY(co_await parts_.store.exchange("boot_id", boot_id));
    co_return Result<>{};
}

Task<> UploadService::cut_back(FileEntry const& file)
{
    // Without syncing not even what a checkpoint counted is sure.
    auto const sure = settings_.sync ? file.offset : ByteOffset{0};
    CO_TRY(auto const end, co_await stored_end(file));
    if (end <= sure)
        co_return Result<>{};
    CO_TRY(auto const writer, co_await parts_.blobs.open_writer(file.blob));
    co_return co_await parts_.disk_pool.run([&] { return writer->truncate_blocking(sure); });
}

Task<FileEntry> UploadService::create(Admission const& admission, CreateUpload wish)
{
    auto file = FileEntry{};
    CO_TRY(file.name, parse_file_name(wish.name));
    file.size = wish.length.value_or(ByteCount{0});
    if (file.size > admission.room.file_size_limit)
        co_return fail(Errc::file_too_large);
    CO_TRY(parts_.blobs.check_room_for(file.size));
    file.id = crypto::random_id<FileId>();
    file.room_id = admission.room.id;
    file.length_known = wish.length.has_value();
    file.media_type = to_media_type(wish.media_type);
    file.blob = crypto::random_id<BlobKey>();
    file.uploader = admission.session.nickname;
    file.uploader_id = admission.session.id;
    file.created_at = parts_.clock.now();
    CO_TRY(auto change, co_await parts_.store.create_file(std::move(file), parts_.clock.now()));
    parts_.bus.publish(change.file.room_id, Event{change.room_version, FileAdded{change.file}});
    if (change.file.length_known && change.file.size == ByteCount{0}) {
        CO_TRY(auto upload, co_await open(change.file));
        co_return co_await finish(upload);
    }
    co_return std::move(change.file);
}

Task<FileEntry> UploadService::find(Admission const& admission, FileId id)
{
    CO_TRY(auto file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (file.uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "not the uploader");
    if (file.is_complete())
        co_return file;
    // Whoever asks for the offset is about to go on from it: a request that still holds the upload is a dead one.
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), [] {}, settings_.lock_patience));
    CO_TRY(file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (file.is_complete())
        co_return file;
    CO_TRY(file.offset, co_await stored_end(file));
    if (!file.length_known || ByteCount{file.offset.value} < file.size)
        co_return file;
    // Every byte came, and then the process died before the row said so. A client that hears this offset is done and never
    // asks again, so the upload is completed before it is told.
    CO_TRY(auto upload, co_await open(std::move(file)));
    co_return co_await finish(upload);
}

Task<FileEntry> UploadService::append(Admission const& admission, FileId id, ByteOffset offset, ByteSource& source)
{
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), source.canceller(), settings_.lock_patience));
    CO_TRY(auto file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (file.uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "not the uploader");
    if (!file.is_complete()) {
        CO_TRY(file.offset, co_await stored_end(file));
    }
    if (file.offset != offset)
        co_return fail(Errc::offset_conflict);
    if (source.length() && *source.length() > file.size - ByteCount{file.offset.value})
        co_return fail(Errc::length_conflict, "more bytes than the upload's length");
    if (file.is_complete())
        co_return file;
    co_return co_await append_locked(admission, std::move(file), source);
}

Task<FileEntry> UploadService::put(Admission const& admission, CreateUpload wish, ByteSource& source)
{
    CO_TRY(auto file, co_await create(admission, std::move(wish)));
    if (file.is_complete())
        co_return file;
    CO_TRY(auto const lock, co_await locks_.acquire(file.id.hex(), source.canceller(), settings_.lock_patience));
    auto stored = co_await append_locked(admission, file, source);
    if (stored && stored->is_complete())
        co_return stored;
    // A client of plain PUT can't resume, so a part of a file is of no use to anybody.
    CO_TRY(co_await discard(file));
    co_return fail(stored ? Error{Errc::body_truncated, "body ended early", {}, 0} : stored.error());
}

Task<FileEntry> UploadService::append_locked(Admission const& admission, FileEntry file, ByteSource& source)
{
    CO_TRY(auto upload, co_await open(std::move(file)));
    auto const moved = co_await transfer(admission, upload, source);
    auto const is_whole = upload.file.length_known ? upload.left() == ByteCount{0} : moved.has_value();
    if (is_whole && (moved || moved.error().code == Errc::body_truncated))
        co_return co_await finish(upload);
    // Bytes that reached the blob stay counted whatever ended the body.
    auto const kept = co_await checkpoint(upload);
    if (!kept) {
        CO_TRY(co_await erase_if_removed(upload.file, kept.error()));
    }
    CO_TRY(moved);
    CO_TRY(kept);
    tell_progress(upload);
    co_return std::move(upload.file);
}

Task<OpenUpload> UploadService::open(FileEntry file)
{
    auto upload = OpenUpload{std::move(file), {}, {}, {}, {}};
    CO_TRY(upload.writer, co_await parts_.blobs.open_writer(upload.file.blob));
    if (upload.file.offset > ByteOffset{0}) {
        CO_TRY(auto checkpoint, co_await parts_.store.find_checkpoint(upload.file.id));
        CO_TRY(co_await catch_up(upload, std::move(checkpoint), upload.file.offset));
    }
    co_return upload;
}

Task<ByteOffset> UploadService::stored_end(FileEntry const& file)
{
    auto const stored = co_await parts_.blobs.size_of(file.blob);
    if (!stored && stored.error().code != Errc::not_found)
        co_return fail(stored.error());
    co_return ByteOffset{std::min(stored ? *stored : ByteCount{0}, file.size).value};
}

Task<> UploadService::catch_up(OpenUpload& upload, HashCheckpoint checkpoint, ByteOffset end)
{
    if (checkpoint.offset > ByteOffset{0} && checkpoint.offset <= end) {
        CO_TRY(upload.digest, crypto::UploadDigest::restore(checkpoint.state));
    }
    auto const read_back = [&]() -> Result<> {
        TRY(upload.writer->truncate_blocking(end));
        auto buffer = std::vector<std::byte>(std::size_t{1} << 20);
        while (upload.digest.offset() < end) {
            auto const part =
                MutableBytes{buffer}.first(std::min<std::uint64_t>(buffer.size(), (end - upload.digest.offset()).value));
            TRY(upload.writer->read_blocking(upload.digest.offset(), part));
            upload.digest.update(part);
        }
        return {};
    };
    CO_TRY(co_await parts_.disk_pool.run(read_back));
    upload.checkpointed = end;
    co_return Result<>{};
}

Task<> UploadService::transfer(Admission const& admission, OpenUpload& upload, ByteSource& source)
{
    auto hooks = UploadTransfer::Hooks{};
    hooks.before_store = [&](ByteCount more) { return reserve(admission, upload, more); };
    hooks.after_store = [&] { return account(upload); };
    auto run = UploadTransfer{upload, source, std::move(hooks)};
    auto const expected = source.length().value_or(settings_.pipeline_from);
    if (expected >= settings_.pipeline_from)
        co_return co_await run.run_beside(parts_.disk_pool, slabs_);
    co_return co_await run.run_inline();
}

Task<> UploadService::reserve(Admission const& admission, OpenUpload& upload, ByteCount more)
{
    auto const needed = ByteCount{upload.file.offset.value} + more;
    if (needed <= upload.file.size)
        co_return Result<>{};
    auto const limit = admission.room.file_size_limit;
    if (upload.file.size >= limit)
        co_return fail(Errc::file_too_large);
    CO_TRY(parts_.blobs.check_room_for(more));
    auto const size = std::min(needed + kReserveAhead, std::max(limit, needed));
    CO_TRY(co_await parts_.store.grow_file(upload.file.id, size));
    upload.file.size = size;
    co_return Result<>{};
}

Task<> UploadService::account(OpenUpload& upload)
{
    auto const now = std::chrono::steady_clock::now();
    if (now - upload.told_at >= settings_.progress_every) {
        upload.told_at = now;
        tell_progress(upload);
    }
    if (upload.file.offset - upload.checkpointed >= settings_.checkpoint_every) {
        CO_TRY(co_await checkpoint(upload));
    }
    co_return Result<>{};
}

Task<> UploadService::checkpoint(OpenUpload& upload)
{
    if (settings_.sync) {
        CO_TRY(co_await upload.writer->sync());
    }
    CO_TRY(co_await parts_.store.save_checkpoint(upload.file.id, {upload.digest.offset(), upload.digest.save()}));
    upload.checkpointed = upload.digest.offset();
    co_return Result<>{};
}

Task<FileEntry> UploadService::finish(OpenUpload& upload)
{
    if (settings_.sync) {
        CO_TRY(co_await upload.writer->sync());
    }
    auto const size = ByteCount{upload.digest.offset().value};
    auto const now = parts_.clock.now();
    auto completed =
        co_await parts_.store.complete_file(upload.file.id, size, upload.digest.sha256(), upload.digest.crc32(), now);
    if (!completed) {
        CO_TRY(co_await erase_if_removed(upload.file, completed.error()));
        co_return fail(completed.error());
    }
    parts_.bus.publish(completed->file.room_id, Event{completed->room_version, FileProgressed{completed->file}});
    co_return std::move(completed->file);
}

Task<> UploadService::erase_if_removed(FileEntry const& file, Error const& error)
{
    // The row went while bytes still came in, and its purge may have run before the last of them made the blob anew.
    if (error.code == Errc::not_found) {
        CO_TRY(co_await parts_.blobs.erase({file.blob}));
    }
    co_return Result<>{};
}

Task<> UploadService::discard(FileEntry const& file)
{
    auto removed = co_await parts_.store.remove_file(file.room_id, file.id, parts_.clock.now());
    if (!removed)
        co_return removed.error().code == Errc::not_found ? Result<>{} : fail(removed.error());
    parts_.linked_files.forget(file.id);
    parts_.bus.publish(file.room_id, Event{removed->room_version, FileRemoved{file.id, file.uploader}});
    parts_.wake_reaper();
    co_return Result<>{};
}

Task<> UploadService::remove(Admission const& admission, FileId id)
{
    CO_TRY(auto file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (!admission.is_owner() && file.uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "neither the uploader nor the owner");
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), [] {}, settings_.lock_patience));
    file.uploader = admission.session.nickname;
    co_return co_await discard(file);
}

void UploadService::tell_progress(OpenUpload& upload)
{
    parts_.bus.publish(upload.file.room_id, Event{0, FileProgressed{upload.file}});
}

}  // namespace fleeting
