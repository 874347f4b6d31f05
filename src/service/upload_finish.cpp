// What makes stored bytes a file: checkpoints on the way, the digest, stable storage, the row.

#include "base/log.hpp"
#include "service/checkpoint.hpp"
#include "service/upload_service.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting {
namespace {

// How often a digest that follows is looked at, and how soon its row is tried again; then ever later, up to the other.
constexpr auto kLookAgain = Milliseconds{100};
constexpr auto kLongestPause = Milliseconds{10'000};

net::awaitable<void> logged(Task<> work, std::shared_ptr<std::atomic<bool>> is_running)
{
    auto const done = co_await std::move(work);
    *is_running = false;
    if (!done)
        log::debug("checkpoint_failed", done.error().detail);
}

/// Whether what a store refused may be done a little later.
bool may_pass(Errc code)
{
    return code == Errc::busy || code == Errc::unavailable || code == Errc::storage_full;
}

/// The digest is worth a twentieth of the time that the upload took, and no more.
Milliseconds patience_with_digest(OpenUpload const& upload)
{
    auto const took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - upload.begun_at);
    return std::clamp(took / 20, Milliseconds{5}, Milliseconds{1'000});
}

}  // namespace

/// The kernel tells of a lost page once, and the next sync says that all is well: what couldn't be synced isn't kept. A pool or a
/// disk that is full refuses before anything is lost (a sync that failed is told as unavailable, whatever its cause), and behind
/// a network nothing is lost by a failure: what was kept goes on.
Task<> UploadService::keep_or_discard(FileEntry const& file, Result<> synced)
{
    auto const is_lost = !synced && synced.error().code != Errc::busy && synced.error().code != Errc::storage_full;
    if (!is_lost || parts_.blobs.is_shared())
        co_return synced;
    CO_TRY(co_await discard(file));
    co_return synced;
}

HashCheckpoint UploadService::checkpoint_of(OpenUpload const& upload)
{
    auto const& state = upload.state;
    return {upload.file.offset, to_checkpoint(state.crc32, state.sha256 ? state.sha256->save() : std::vector<std::byte>{})};
}

Task<> UploadService::save_checkpoint(FileEntry file, std::shared_ptr<BlobWriter> writer, HashCheckpoint point)
{
    if (settings_.sync) {
        CO_TRY(co_await keep_or_discard(file, co_await writer->sync()));
    }
    auto const saved = co_await parts_.store.save_checkpoint(file.id, std::move(point));
    co_return saved ? saved : co_await erase_if_removed(file, saved.error());
}

Task<> UploadService::checkpoint_behind(OpenUpload& upload)
{
    if (upload.state.is_saving->exchange(true))
        co_return Result<>{};
    upload.state.checkpointed = upload.file.offset;
    // Its digests are taken here: they must not be ahead of what the sync makes sure.
    auto work = save_checkpoint(upload.file, upload.state.writer, checkpoint_of(upload));
    net::co_spawn(co_await net::this_coro::executor, logged(std::move(work), upload.state.is_saving), net::detached);
    co_return Result<>{};
}

Task<std::optional<Sha256>> UploadService::digest_for_completion(OpenUpload& upload, bool wants_sha256)
{
    auto const& sha256 = upload.state.sha256;
    if (!sha256)
        co_return std::optional<Sha256>{};
    // What is read back must be there first.
    CO_TRY(co_await upload.state.writer->flush());
    auto const end = upload.file.offset;
    if (!upload.file.stated_sha256 && !wants_sha256) {
        auto digest = co_await sha256->wait(end, patience_with_digest(upload));
        // Nobody has asked for it: what couldn't be read back just now is once the file is there.
        if (!digest && may_pass(digest.error().code))
            co_return std::optional<Sha256>{};
        co_return digest;
    }
    CO_TRY(auto const digest, co_await sha256->finish(end));
    if (upload.file.stated_sha256 && digest != *upload.file.stated_sha256)
        co_return fail(Errc::checksum_mismatch, "of the whole file");
    co_return std::optional{digest};
}

/// The row of an upload that couldn't be completed: another node may have come to the same end first.
Task<FileEntry> UploadService::find_completed(FileEntry const& file, Error const& why)
{
    if (why.code == Errc::not_found) {
        auto found = co_await parts_.store.find_file(file.room_id, file.id, parts_.clock.now());
        if (found && found->is_complete())
            co_return found;
    }
    CO_TRY(co_await erase_if_removed(file, why));
    co_return fail(why);
}

/// Where a crash in the middle of the sealing would leave a blob that looks longer than the file.
Task<> UploadService::tell_length(OpenUpload& upload)
{
    auto& file = upload.file;
    if (file.length_known || !parts_.blobs.needs_length_to_seal(file.blob))
        co_return Result<>{};
    CO_TRY(co_await parts_.store.set_length(file.id, ByteCount{file.offset.value}));
    file.size = ByteCount{file.offset.value};
    file.length_known = true;
    co_return Result<>{};
}

Task<FileEntry> UploadService::finish(OpenUpload& upload, bool wants_sha256)
{
    auto const digest = co_await digest_for_completion(upload, wants_sha256);
    if (!digest) {
        // Bytes that aren't what was promised are of no use to anybody.
        if (digest.error().code == Errc::checksum_mismatch) {
            CO_TRY(co_await discard(upload.file));
        }
        co_return fail(digest.error());
    }
    CO_TRY(co_await hold_to_blocks(upload.file, *digest));
    CO_TRY(co_await tell_length(upload));
    if (auto const sealed = co_await keep_or_discard(upload.file, co_await upload.state.writer->seal(settings_.sync)); !sealed) {
        CO_TRY(co_await erase_if_removed(upload.file, sealed.error()));
        co_return fail(sealed.error());
    }
    auto const completion = Completion{ByteCount{upload.file.offset.value}, upload.state.crc32.value(), *digest};
    auto completed = co_await parts_.store.complete_file(upload.file.id, completion, parts_.clock.now());
    if (!completed)
        co_return co_await find_completed(upload.file, completed.error());
    // Who blocked it since found no file of that digest, and sealing may have taken long.
    CO_TRY(co_await hold_to_blocks(completed->file, *digest));
    upload.growth->complete(upload.file.offset);
    if (!completed->file.is_partial)
        parts_.bus.publish(completed->file.room_id, Event{completed->room_version, FileProgressed{completed->file}});
    if (!*digest && upload.state.sha256) {
        CO_TRY(co_await follow_digest(completed->file, upload.state.sha256));
    }
    co_return std::move(completed->file);
}

Task<> UploadService::follow_digest(FileEntry const& file, std::shared_ptr<DigestFollower> sha256)
{
    net::co_spawn(co_await net::this_coro::executor, record_digest(file, std::move(sha256)), net::detached);
    co_return Result<>{};
}

Task<Sha256> UploadService::digest_with_checkpoints(FileEntry const& file, DigestFollower& sha256)
{
    auto saved_at = sha256.offset();
    while (true) {
        CO_TRY(auto const digest, co_await sha256.wait(ByteOffset{file.size.value}, kLookAgain));
        if (digest)
            co_return *digest;
        if (sha256.offset() - saved_at < settings_.checkpoint_every)
            continue;
        saved_at = sha256.offset();
        auto const whole_crc32 = crypto::RunningCrc32{ByteOffset{file.size.value}, file.crc32.value_or(0)};
        auto point = HashCheckpoint{file.offset, to_checkpoint(whole_crc32, sha256.save())};
        if (auto const saved = co_await parts_.store.save_checkpoint(file.id, std::move(point)); !saved)
            log::debug("checkpoint_failed", saved.error().detail);
    }
}

Task<FileChange> UploadService::set_sha256(FileEntry const& file, Sha256 const& digest)
{
    CO_TRY(co_await hold_to_blocks(file, digest));
    co_return co_await parts_.store.set_sha256(file.id, digest, parts_.clock.now());
}

/// However long the database is gone: where the file or its room ends meanwhile, the follower is cancelled. One that couldn't
/// read stays as it is, and another begins where its checkpoint was; a few times, for a disk that reads no more.
Task<FileChange> UploadService::digest_to_row(FileEntry const& file, std::shared_ptr<DigestFollower> sha256)
{
    auto timer = net::steady_timer{co_await net::this_coro::executor};
    auto reads_left = 8;
    for (auto pause = kLookAgain;; pause = std::min(2 * pause, kLongestPause)) {
        parts_.live.enter_digest(file.id, file.room_id, sha256);
        auto const digest = co_await digest_with_checkpoints(file, *sha256);
        auto told = digest ? co_await set_sha256(file, *digest) : fail(digest.error());
        if (told || !may_pass(told.error().code) || (!digest && --reads_left == 0))
            co_return told;
        timer.expires_after(pause);
        co_await timer.async_wait(net::as_tuple(net::use_awaitable));
        if (digest)
            continue;
        if (auto next = co_await digest_of(file); next || !may_pass(next.error().code)) {
            CO_TRY(sha256, std::move(next));
        }
    }
}

net::awaitable<void> UploadService::record_digest(FileEntry file, std::shared_ptr<DigestFollower> sha256)
{
    auto const told = co_await digest_to_row(file, std::move(sha256));
    parts_.live.leave_digest(file.id);
    if (!told) {
        log::debug("digest_failed", told.error().detail);
        co_return;
    }
    parts_.linked_files.forget(file.id);
    parts_.bus.publish(file.room_id, Event{told->room_version, FileProgressed{told->file}});
}

Task<> UploadService::erase_if_removed(FileEntry const& file, Error const& error)
{
    // The row went while bytes still came in, and its purge may have run before the last of them made the blob anew. A writer to
    // a bucket finds then that what it put together isn't its own any more.
    if (error.code == Errc::not_found || error.code == Errc::upload_busy) {
        CO_TRY(auto const known, co_await parts_.store.unknown_blobs({file.blob}));
        if (!known.empty()) {
            CO_TRY(co_await parts_.blobs.erase({file.blob}));
        }
    }
    co_return Result<>{};
}

/// What is blocked is kept no longer than it takes to know it.
Task<> UploadService::hold_to_blocks(FileEntry const& file, std::optional<Sha256> const& sha256)
{
    if (!sha256 || !parts_.blocks.has(*sha256))
        co_return Result<>{};
    CO_TRY(co_await remove_blocked(file));
    co_return fail(Errc::content_blocked);
}

Task<bool> UploadService::remove_blocked(FileEntry file)
{
    file.uploader.clear();
    CO_TRY(auto const was_there, co_await discard(file));
    if (was_there)
        log::info("blocked_file_removed", file.id.hex());
    co_return was_there;
}

Task<bool> UploadService::discard(FileEntry const& file)
{
    auto removed = co_await parts_.store.remove_file(file.room_id, file.id, parts_.clock.now());
    if (!removed)
        co_return removed.error().code == Errc::not_found ? Result<bool>{false} : fail(removed.error());
    parts_.linked_files.forget(file.id);
    parts_.live.forget(file.id);
    if (!file.is_partial)
        parts_.bus.publish(file.room_id, Event{removed->room_version, FileRemoved{file.id, file.uploader}});
    parts_.wake_reaper();
    co_return true;
}

}  // namespace fleeting
