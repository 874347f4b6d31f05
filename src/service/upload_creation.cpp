// How an upload begins: its entry, and for a small file all of it at once.

#include "crypto/sha256.hpp"
#include "service/upload_service.hpp"

namespace fleeting {
namespace {

// Up to here a body is gathered in memory, and the file is one write and one row.
constexpr auto kSmall = ByteCount{64ULL << 10};

/// Takes the whole of a source of `size` bytes. Costs no more memory than what has come.
Task<std::vector<std::byte>> gather(ByteSource& source, ByteCount size)
{
    auto bytes = std::vector<std::byte>{};
    while (bytes.size() < size.value) {
        CO_TRY(auto const has_more, co_await source.ready());
        if (!has_more)
            co_return fail(Errc::body_truncated, "body ended early");
        auto const scratch = source.scratch();
        CO_TRY(auto const taken, source.take(scratch.first(std::min(scratch.size(), size.value - bytes.size()))));
        bytes.insert(bytes.end(), scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    co_return bytes;
}

Result<> hold_to(std::optional<StatedChecksum> const& stated, Bytes bytes)
{
    if (!stated)
        return {};
    auto checksum = crypto::Checksum{*stated};
    checksum.update(bytes);
    return checksum.matches() ? Result<>{} : fail(Errc::checksum_mismatch, "of one request");
}

}  // namespace

Task<FileEntry> UploadService::create(Admission const& admission, CreateUpload wish)
{
    CO_TRY(auto file, co_await new_entry(admission, wish));
    co_return co_await insert(std::move(file));
}

Task<FileEntry> UploadService::insert(FileEntry file)
{
    if (file.stated_sha256 && parts_.blocks.has(*file.stated_sha256))
        co_return fail(Errc::content_blocked);
    if (file.length_known && file.size == ByteCount{0})
        co_return co_await insert_small(std::move(file), {});
    CO_TRY(auto change, co_await parts_.store.create_file(std::move(file), parts_.clock.now()));
    if (!change.file.is_partial)
        parts_.bus.publish(change.file.room_id, Event{change.room_version, FileAdded{change.file}});
    co_return std::move(change.file);
}

Task<FileEntry> UploadService::create_with(Admission const& admission, CreateUpload wish, AppendUpload part, ByteSource& source)
{
    CO_TRY(auto file, co_await new_entry(admission, wish));
    if (file.length_known && source.length() && *source.length() > file.size)
        co_return fail(Errc::length_conflict, "more bytes than the upload's length");
    auto const is_whole = file.length_known && source.length() == file.size && part.ending != Ending::later;
    if (is_whole && file.size <= kSmall)
        co_return co_await create_small(std::move(file), part, source);
    CO_TRY(file, co_await insert(std::move(file)));
    if (file.is_complete())
        co_return file;
    auto stored = co_await append(admission, file.id, std::move(part), source);
    if (!stored) {
        CO_TRY(co_await discard(file));
    }
    co_return stored;
}

Task<FileEntry> UploadService::create_small(FileEntry file, AppendUpload const& part, ByteSource& source)
{
    CO_TRY(auto const bytes, co_await gather(source, file.size));
    CO_TRY(hold_to(part.checksum, bytes));
    co_return co_await insert_small(std::move(file), bytes);
}

Task<FileEntry> UploadService::insert_small(FileEntry file, Bytes bytes)
{
    auto crc32 = crypto::RunningCrc32{};
    crc32.update(bytes);
    file.crc32 = crc32.value();
    file.sha256 = crypto::sha256(bytes);
    if (file.stated_sha256 && file.stated_sha256 != file.sha256)
        co_return fail(Errc::checksum_mismatch, "of the whole file");
    if (parts_.blocks.has(*file.sha256))
        co_return fail(Errc::content_blocked);
    file.state = FileState::complete;
    file.offset = ByteOffset{bytes.size()};
    file.completed_at = parts_.clock.now();
    auto const birth = NascentBlobs::Birth{parts_.live.nascent, file.blob};
    auto stored = co_await parts_.blobs.put(file.blob, bytes, settings_.sync);
    auto change = stored ? co_await parts_.store.create_file(file, parts_.clock.now()) : fail(stored.error());
    if (!change) {
        CO_TRY(co_await erase_unborn(file.blob, change.error()));
        co_return fail(change.error());
    }
    // Who blocked it since found no file of that digest.
    CO_TRY(co_await hold_to_blocks(change->file, file.sha256));
    if (!file.is_partial)
        parts_.bus.publish(file.room_id, Event{change->room_version, FileAdded{change->file}});
    co_return std::move(change->file);
}

/// A blob whose row was refused. One whose row may have been written, as the answer was lost, is the sweep's to judge.
Task<> UploadService::erase_unborn(BlobKey blob, Error const& why)
{
    if (why.code == Errc::unavailable)
        co_return Result<>{};
    CO_TRY(co_await parts_.blobs.erase({blob}));
    co_return Result<>{};
}

Task<FileEntry> UploadService::put(Admission const& admission, CreateUpload wish, AppendUpload part, ByteSource& source)
{
    CO_TRY(auto file, co_await new_entry(admission, wish));
    if (file.length_known && file.size <= kSmall)
        co_return co_await create_small(std::move(file), part, source);
    CO_TRY(file, co_await insert(std::move(file)));
    auto const lock = co_await locks_.acquire(file.id.hex(), source.canceller(), settings_.lock_patience);
    part.ending = Ending::at_source_end;
    auto stored = lock ? co_await append_locked(admission, file, part, source) : fail(lock.error());
    if (stored && stored->is_complete())
        co_return stored;
    // A client of plain PUT can't resume, so a part of a file is of no use to anybody.
    CO_TRY(co_await discard(file));
    co_return fail(stored ? Error{Errc::body_truncated, "body ended early", {}, 0} : stored.error());
}

}  // namespace fleeting
