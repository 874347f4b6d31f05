#include "service/upload_service.hpp"

#include "service/scan_service.hpp"
#include "service/upload_transfer.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// Enough for every upload that a slow disk can serve at once; 4 MiB at most.
constexpr auto kSlabs = std::size_t{16};
// An upload of unknown length reserves this much ahead, so that quota costs a statement now and then, not for each read.
constexpr auto kReserveAhead = ByteCount{16ULL << 20};

}  // namespace

UploadService::UploadService(UploadParts parts, UploadSettings settings)
    : parts_(std::move(parts)), settings_(settings), slabs_(kSlabs)
{
}

Task<FileEntry> UploadService::find_own(Admission const& admission, FileId id)
{
    auto file = co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now());
    if (!file)
        co_return fail(co_await why_absent(parts_.store, admission.room.id, id.hex(), file.error()));
    if (file->uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "not the uploader");
    co_return file;
}

Task<FileEntry> UploadService::find(Admission const& admission, FileId id, Ending ending)
{
    CO_TRY(auto file, co_await find_own(admission, id));
    if (file.is_complete())
        co_return file;
    if (file.is_direct)
        co_return file;  // its row says all that is known
    // Whoever asks for the offset is about to go on from it: a request that still holds the upload is a dead one.
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), [] {}, settings_.lock_patience));
    CO_TRY(file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (file.is_complete())
        co_return file;
    CO_TRY(file.offset, co_await stored_end(file));
    if (ending != Ending::at_length || !file.length_known || ByteCount{file.offset.value} < file.size)
        co_return file;
    // Every byte came, and then the process died before the row said so. A client that hears this offset is done and never
    // asks again, so the upload is completed before it is told.
    CO_TRY(auto upload, co_await open(std::move(file)));
    co_return co_await finish(upload);
}

Task<> UploadService::agree_on_length(Admission const& admission, FileEntry& file, AppendUpload const& part,
                                      ByteSource const& source)
{
    auto told = part.length;
    if (part.ending == Ending::at_source_end && source.length()) {
        auto const end = ByteCount{file.offset.value} + *source.length();
        if (told && *told != end)
            co_return fail(Errc::length_conflict, "the body doesn't end at the length");
        told = end;
    }
    if (file.length_known && told && *told != file.size)
        co_return fail(Errc::length_conflict, "the length was another");
    if (!file.length_known && told) {
        if (*told < ByteCount{file.offset.value})
            co_return fail(Errc::length_conflict, "more bytes are here already");
        if (*told > admission.room.file_size_limit)
            co_return fail(Errc::file_too_large);
        CO_TRY(parts_.blobs.check_room_for(*told - ByteCount{file.offset.value}));
        CO_TRY(co_await parts_.store.set_length(file.id, *told));
        file.size = *told;
        file.length_known = true;
    }
    if (file.length_known && source.length() && *source.length() > file.size - ByteCount{file.offset.value})
        co_return fail(Errc::length_conflict, "more bytes than the upload's length");
    co_return Result<>{};
}

Task<FileEntry> UploadService::append(Admission const& admission, FileId id, AppendUpload part, ByteSource& source)
{
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), source.canceller(), settings_.lock_patience));
    CO_TRY(auto file, co_await find_own(admission, id));
    if (!file.concatenated_from.empty())
        co_return fail(Errc::forbidden, "a final upload takes no bytes");
    if (file.is_direct && !file.is_complete())
        co_return fail(Errc::direct_upload);
    if (!file.is_complete()) {
        CO_TRY(file.offset, co_await stored_end(file));
    }
    if (file.offset != part.offset)
        co_return fail(Errc::offset_conflict);
    if (file.is_complete()) {
        auto const brings_bytes = source.length() != ByteCount{0};
        if (brings_bytes)
            co_return fail(Errc::length_conflict, "the upload is complete");
        co_return part.ending == Ending::at_length ? Result<FileEntry>{std::move(file)} : fail(Errc::upload_complete);
    }
    CO_TRY(co_await agree_on_length(admission, file, part, source));
    // What was reserved when the upload began may have been filled by others since.
    CO_TRY(parts_.blobs.check_room_for(source.length().value_or(ByteCount{0})));
    co_return co_await append_locked(admission, std::move(file), part, source);
}

Task<FileEntry> UploadService::append_locked(Admission const& admission, FileEntry file, AppendUpload const& part,
                                             ByteSource& source)
{
    CO_TRY(auto upload, co_await open(std::move(file)));
    auto const before = upload.state.crc32;
    if (part.checksum) {
        upload.checksum.emplace(*part.checksum);
        CO_TRY(co_await parts_.store.hold_back(upload.file.id, upload.file.offset));
    }
    auto const moved = co_await transfer(admission, upload, source);
    auto const is_refused = upload.checksum && !(moved && upload.checksum->matches());
    if (upload.checksum) {
        CO_TRY(co_await settle_checksum(upload, before, is_refused));
    }
    CO_TRY(co_await account(upload, source));
    auto const is_full = upload.file.length_known && upload.left() == ByteCount{0};
    auto const is_over = moved || (moved.error().code == Errc::body_truncated && part.ending == Ending::at_length);
    if (!is_refused && is_over &&
        (part.ending == Ending::at_length ? is_full
                                          : part.ending == Ending::at_source_end && (is_full || !upload.file.length_known)))
        co_return co_await finish(upload, part.wants_sha256);
    CO_TRY(co_await put_down(admission, upload, moved.has_value()));
    tell_progress(upload);
    CO_TRY(moved);
    if (is_refused)
        co_return fail(Errc::checksum_mismatch, "of one request");
    co_return std::move(upload.file);
}

Task<> UploadService::settle_checksum(OpenUpload& upload, crypto::RunningCrc32 const& before, bool is_refused)
{
    upload.checksum.reset();
    if (is_refused)
        co_return co_await take_back(upload, before);
    co_return co_await parts_.store.hold_back(upload.file.id, {});
}

/// The upload is left until its next request. Bytes that reached the blob stay counted whatever ended this one.
Task<> UploadService::put_down(Admission const& admission, OpenUpload& upload, bool is_going_on)
{
    CO_TRY(co_await upload.state.writer->flush());
    upload.growth->reach(upload.file.offset);
    // The next request may come to another node, which goes by the row.
    if (parts_.blobs.is_shared())
        co_return co_await save_checkpoint(upload.file, upload.state.writer, checkpoint_of(upload));
    park(admission, upload);
    // A client that was cut may stay away for long; one that sends a file in many requests doesn't have the disk wait for each.
    co_return is_going_on ? Result<>{} : co_await checkpoint_behind(upload);
}

void UploadService::park(Admission const& admission, OpenUpload const& upload)
{
    parts_.live.parked.keep(upload.file.id, upload.file.room_id, upload.state);
    // Looked at afterwards: who ends a room moves its cutoff first and forgets what is parked then.
    if (!admission.cutoff->has_passed(parts_.clock.now()))
        return;
    parts_.live.parked.forget(upload.file.id);
    if (upload.state.sha256)
        upload.state.sha256->cancel();
}

Task<> UploadService::transfer(Admission const& admission, OpenUpload& upload, ByteSource& source)
{
    // Reading back what went over a network costs more than digesting it on its way.
    upload.digests_here = parts_.blobs.is_shared() || (source.length() && *source.length() <= settings_.digest_here_to);
    auto hooks = UploadTransfer::Hooks{};
    hooks.reserve = [&] { return reserve(admission, upload); };
    hooks.after_store = [&] { return account(upload, source); };
    auto run = UploadTransfer{upload, source, parts_.disk_pool, slabs_, std::move(hooks)};
    co_return co_await run.run();
}

Task<> UploadService::reserve(Admission const& admission, OpenUpload& upload)
{
    auto const begin = ByteCount{upload.file.offset.value};
    auto const limit = admission.room.file_size_limit;
    if (begin >= limit)
        co_return fail(Errc::file_too_large);
    // Less and less, so that a room is used to its last byte.
    for (auto ahead = kReserveAhead;; ahead = ByteCount{ahead.value / 4}) {
        auto const size = std::min(begin + ahead, limit);
        auto const grown = co_await parts_.store.grow_file(upload.file.id, size);
        if (grown) {
            upload.file.size = size;
            co_return parts_.blobs.check_room_for(size - begin);
        }
        if (grown.error().code != Errc::room_full || ahead == ByteCount{1})
            co_return grown;
    }
}

Task<> UploadService::account(OpenUpload& upload, ByteSource& source)
{
    CO_TRY(parts_.blobs.check_room_for(ByteCount{0}));
    if (upload.checksum)
        co_return Result<>{};  // what may be taken back isn't told to anybody
    auto const offset = upload.file.offset;
    auto const kept = std::min(offset, upload.state.writer->kept_end());
    upload.growth->reach(kept);
    if (upload.state.sha256)
        upload.state.sha256->advance(kept);
    if (offset - upload.state.checkpointed >= settings_.checkpoint_every) {
        CO_TRY(co_await checkpoint_behind(upload));
    }
    auto const now = std::chrono::steady_clock::now();
    if (now - upload.told_at < settings_.progress_every)
        co_return Result<>{};
    upload.told_at = now;
    tell_progress(upload);
    co_await source.progressed(offset);
    co_return Result<>{};
}

Task<> UploadService::remove(Admission const& admission, FileId id)
{
    CO_TRY(auto file, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    if (!admission.is_owner() && file.uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "neither the uploader nor the owner");
    CO_TRY(auto const lock, co_await locks_.acquire(id.hex(), [] {}, settings_.lock_patience));
    file.uploader = admission.session.nickname;
    CO_TRY(co_await discard(file));
    co_return Result<>{};
}

void UploadService::tell_progress(OpenUpload& upload)
{
    if (!upload.file.is_partial)
        parts_.bus.publish(upload.file.room_id, Event{0, FileProgressed{upload.file}});
}

}  // namespace fleeting
