// Where an upload really stands: what its row, its blob and its checkpoint say together.

#include "async/run_blocking.hpp"
#include "service/checkpoint.hpp"
#include "service/upload_service.hpp"

#include <algorithm>

namespace fleeting {

Task<> UploadService::prepare(std::string boot_id)
{
    if (parts_.blobs.is_shared())
        co_return Result<>{};  // what is stored there doesn't depend on this machine's power
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
    co_return co_await writer->truncate(sure);
}

Task<ByteOffset> UploadService::stored_end(FileEntry const& file)
{
    if (auto const parked = parts_.live.parked.find(file.id))
        co_return parked->crc32.offset();
    auto const stored = co_await parts_.blobs.size_of(file.blob);
    if (!stored && stored.error().code != Errc::not_found)
        co_return fail(stored.error());
    auto const end = ByteOffset{std::min(stored ? *stored : ByteCount{0}, file.size).value};
    co_return file.unverified_from ? std::min(end, *file.unverified_from) : end;
}

Task<std::vector<FileEntry>> UploadService::list(RoomId room)
{
    CO_TRY(auto files, co_await parts_.store.list_files(room, parts_.clock.now()));
    for (auto& file : files)
        if (!file.is_complete())
            file.offset = std::max(file.offset, parts_.live.offset_of(file.id));
    co_return files;
}

Task<OpenUpload> UploadService::open(FileEntry file)
{
    auto upload = OpenUpload{};
    upload.growth = parts_.live.growths.of(file.id);
    auto parked = parts_.live.parked.take(file.id);
    if (parked && parked->crc32.offset() == file.offset) {
        upload.state = *std::move(parked);
    } else {
        CO_TRY(upload.state, co_await restore(file));
    }
    upload.growth->reach(file.offset);
    upload.file = std::move(file);
    if (upload.file.unverified_from) {
        CO_TRY(co_await parts_.store.hold_back(upload.file.id, {}));
        upload.file.unverified_from.reset();
    }
    co_return upload;
}

Task<UploadState> UploadService::restore(FileEntry const& file)
{
    auto state = UploadState{};
    auto point = DigestPoint{};
    CO_TRY(state.writer, co_await parts_.blobs.open_writer(file.blob));
    // What another node has stored since this one looked is acknowledged, and not this one's to drop.
    if (parts_.blobs.is_shared() && !file.unverified_from && state.writer->kept_end() != file.offset)
        co_return fail(Errc::upload_busy, "another node has taken the upload over");
    if (file.offset > ByteOffset{0} || file.unverified_from) {
        CO_TRY(auto const saved, co_await parts_.store.find_checkpoint(file.id));
        point = digest_point_of(saved.state);
        state.checkpointed = std::min(saved.offset, file.offset);
        if (point.crc32.offset() > file.offset)
            point.crc32 = {};
        if (point.sha256.offset() > file.offset)
            point.sha256 = {};
        CO_TRY(co_await state.writer->truncate(file.offset));
        auto const read_back = [&]() -> Result<> {
            auto buffer = std::vector<std::byte>(std::size_t{1} << 20);
            while (point.crc32.offset() < file.offset) {
                auto const left = (file.offset - point.crc32.offset()).value;
                auto const part = MutableBytes{buffer}.first(std::min<std::uint64_t>(buffer.size(), left));
                TRY(state.writer->read_blocking(point.crc32.offset(), part));
                point.crc32.update(part);
            }
            return {};
        };
        CO_TRY(co_await parts_.disk_pool.run(read_back));
    }
    state.crc32 = point.crc32;
    if (!file.is_partial) {
        state.sha256 =
            std::make_shared<DigestFollower>(parts_.digest_workers, read_back_of(file.blob, state.writer), point.sha256);
        state.sha256->advance(std::min(file.offset, state.writer->kept_end()));
    }
    co_return state;
}

/// How a digest's thread gets at what is stored while the upload goes on. A file of this machine is read beside its writer;
/// behind a network the writer keeps account of what it has stored, which is no other thread's to look at.
DigestFollower::ReadBack UploadService::read_back_of(BlobKey blob, std::shared_ptr<BlobWriter> writer)
{
    if (!parts_.blobs.is_shared())
        return [writer = std::move(writer)](ByteOffset at, MutableBytes out) { return writer->read_blocking(at, out); };
    auto reader = std::shared_ptr<BlobReader const>{};
    return [&blobs = parts_.blobs, blob, reader](ByteOffset at, MutableBytes out) mutable -> Result<> {
        // Not before: there is nothing to open until the first bytes are stored.
        if (!reader) {
            TRY(reader, run_blocking(blobs.open_reader(blob)));
        }
        return reader->read_blocking(at, out);
    };
}

Task<std::shared_ptr<DigestFollower>> UploadService::digest_of(FileEntry const& file)
{
    CO_TRY(auto const saved, co_await parts_.store.find_checkpoint(file.id));
    auto point = digest_point_of(saved.state);
    if (point.sha256.offset() > file.offset)
        point = {};
    CO_TRY(auto const reader, co_await parts_.blobs.open_reader(file.blob));
    auto read_back = [reader](ByteOffset at, MutableBytes out) { return reader->read_blocking(at, out); };
    co_return std::make_shared<DigestFollower>(parts_.digest_workers, std::move(read_back), point.sha256);
}

Task<> UploadService::take_back(OpenUpload& upload, crypto::RunningCrc32 const& crc32)
{
    auto const end = crc32.offset();
    CO_TRY(co_await upload.state.writer->truncate(end));
    upload.state.crc32 = crc32;
    upload.file.offset = end;
    co_return co_await parts_.store.hold_back(upload.file.id, {});
}

net::awaitable<void> UploadService::digest_rest()
{
    auto files = co_await parts_.store.list_undigested();
    if (!files)
        co_return;
    for (auto& file : *files) {
        auto sha256 = co_await digest_of(file);
        if (sha256)
            co_await record_digest(std::move(file), *std::move(sha256));
    }
}

}  // namespace fleeting
