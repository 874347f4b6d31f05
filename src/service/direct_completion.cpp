// How a direct upload's parts become a file. Several may ask for it at one time, here and on other nodes, and whoever is at it
// may die:
//   1. A claim in the upload's row lets one at a time ask the store, and keeps the parts as they are. Who has it extends it while
//      the store is at work, so it runs out soon after its holder died. Only who has it gives it back: one that ran out may be
//      another's by then.
//   2. The store makes the object. Asked again, it says that it did, or that it knows no such upload: then the object tells.
//   3. The file's row becomes complete once: who comes second finds it so.
// Who doesn't get the claim waits for the row, and looks after the object: its length says that step 2 is done, by whomever.

#include "crypto/running_crc32.hpp"
#include "service/direct_upload_service.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleeting {
namespace {

// So long a caller waits for another who has the claim, …
constexpr auto kPatience = Milliseconds{30'000};
// … looking so often.
constexpr auto kLookAgain = Milliseconds{250};

std::uint32_t crc32_of(std::vector<DirectPart> const& parts)
{
    auto crc32 = std::uint32_t{0};
    for (auto const& part : parts)
        crc32 = crypto::joined_crc32(crc32, part.crc32, part.size);
    return crc32;
}

/// Each has its own number and the size that goes with it.
bool is_whole(std::vector<DirectPart> const& parts, ByteCount file)
{
    auto size = ByteCount{};
    for (auto const& part : parts)
        size = size + part.size;
    return size == file;
}

}  // namespace

Task<FileEntry> DirectUploadService::complete(Admission const& admission, FileId id)
{
    auto pause = net::steady_timer{co_await net::this_coro::executor};
    auto const give_up = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        CO_TRY(auto const file, co_await find_own(admission, id));
        if (file.is_complete())
            co_return file;
        auto claimed = co_await DirectClaim::take(parts_.store, parts_.clock, parts_.claim_times, file.blob);
        if (claimed)
            co_return co_await complete_claimed(admission, file, *claimed);
        if (claimed.error().code != Errc::upload_busy && claimed.error().code != Errc::not_found)
            co_return fail(claimed.error());
        auto found = co_await look_behind(admission, file);
        if (found || found.error().code != Errc::upload_busy || std::chrono::steady_clock::now() > give_up)
            co_return found;
        pause.expires_after(kLookAgain);
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
    }
}

/// Somebody else completes it, or has. errors: upload_busy (not yet)
Task<FileEntry> DirectUploadService::look_behind(Admission const& admission, FileEntry const& file)
{
    auto const stored = co_await parts_.blobs.size_of(file.blob);
    if (stored && *stored == file.size) {
        CO_TRY(auto const parts, co_await parts_.store.list_direct_parts(file.blob));
        if (is_whole(parts, file.size))
            co_return co_await finish(file, parts);
    }
    if (!stored && stored.error().code != Errc::not_found)
        co_return fail(stored.error());
    CO_TRY(auto const now, co_await find_own(admission, file.id));
    co_return now.is_complete() ? Result<FileEntry>{now} : fail(Errc::upload_busy, "somebody else completes it");
}

Task<FileEntry> DirectUploadService::complete_claimed(Admission const& admission, FileEntry const& file, DirectClaim& claim)
{
    auto* const direct = parts_.blobs.direct_uploads();
    CO_TRY(auto const upload, co_await parts_.store.find_direct_upload(file.blob));
    CO_TRY(auto const parts, co_await parts_.store.list_direct_parts(file.blob));
    if (direct == nullptr || !is_whole(parts, file.size)) {
        CO_TRY(co_await claim.release(false));
        co_return fail(direct == nullptr ? Errc::no_direct_uploads : Errc::parts_missing);
    }
    auto const made = co_await claim.hold_during(direct->complete(upload, parts));
    if (made)
        co_return co_await finish(file, parts);
    if (made.error().code == Errc::not_found)
        co_return co_await give_up(admission, file, made.error());
    co_return co_await give_back(file, claim, made.error());
}

/// An upload that the store has lost is of no use to anybody.
Task<FileEntry> DirectUploadService::give_up(Admission const& admission, FileEntry const& file, Error why)
{
    CO_TRY(co_await parts_.uploads.remove(admission, file.id));
    co_return fail(std::move(why));
}

/// The store couldn't. Parts that it doesn't have must be sent again.
Task<FileEntry> DirectUploadService::give_back(FileEntry const& file, DirectClaim& claim, Error why)
{
    auto const is_wrong = why.code == Errc::parts_missing;
    CO_TRY(co_await claim.release(is_wrong));
    if (is_wrong) {
        auto anew = file;
        anew.offset = {};
        parts_.bus.publish(file.room_id, Event{0, FileProgressed{std::move(anew)}});
    }
    co_return fail(std::move(why));
}

Task<FileEntry> DirectUploadService::finish(FileEntry const& file, std::vector<DirectPart> const& parts)
{
    auto const completion = Completion{file.size, crc32_of(parts), {}};
    auto completed = co_await parts_.store.complete_file(file.id, completion, parts_.clock.now());
    if (!completed)
        co_return co_await find_completed(file, completed.error());
    ++stats_.completed;
    parts_.bus.publish(file.room_id, Event{completed->room_version, FileProgressed{completed->file}});
    CO_TRY(co_await parts_.store.remove_direct_uploads({file.blob}));
    co_return std::move(completed->file);
}

/// Somebody else was first, or the file is gone, and its purge may have run before the store made the object.
Task<FileEntry> DirectUploadService::find_completed(FileEntry const& file, Error const& why)
{
    if (why.code != Errc::not_found)
        co_return fail(why);
    auto found = co_await parts_.store.find_file(file.room_id, file.id, parts_.clock.now());
    if (found && found->is_complete())
        co_return found;
    CO_TRY(auto const unknown, co_await parts_.store.unknown_blobs({file.blob}));
    if (!unknown.empty()) {
        CO_TRY(co_await parts_.blobs.erase({file.blob}));
    }
    co_return fail(why);
}

}  // namespace fleeting
