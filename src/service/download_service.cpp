#include "service/download_service.hpp"

#include "base/base64.hpp"
#include "crypto/sha256.hpp"
#include "service/clock_guard.hpp"
#include "service/scan_service.hpp"

#include <algorithm>
#include <array>

namespace fleeting {

// How long who reads behind a writer waits for news before looking at its peer, …
static constexpr auto kPatience = Milliseconds{1'000};
// … and, where the writer may be on another node, at the row.
static constexpr auto kLookAgain = Milliseconds{250};
// As far as the clocks of two nodes may be apart that both sign.
static constexpr auto kBetweenNodes = 2 * ClockGuard::kTolerance;

Sha256 link_binding(std::string_view credential)
{
    return crypto::sha256(std::as_bytes(std::span{credential}));
}

std::string etag_of(FileEntry const& file)
{
    return '"' + to_base64url(file.id.bytes()) + '"';
}

static crypto::Mac mac_of(crypto::HmacKey const& key, LinkedFile const& file, Instant expires_at, Sha256 const& binding)
{
    auto const input = link_mac_input({file.file.room_id, file.file.id, file.file.blob, expires_at, binding});
    return crypto::hmac_sha256(key, std::as_bytes(std::span{input}));
}

static bool is_signed_for(crypto::HmacKey const& key, ParsedLink const& link, LinkedFile const& file, Sha256 const& binding)
{
    return crypto::equal_in_constant_time(mac_of(key, file, link.expires_at, binding), link.mac);
}

/// Not one that a clock has signed which was ahead, and was set back before this start: it would last until then.
static bool is_open(ParsedLink const& link, Instant now)
{
    return now < link.expires_at && link.expires_at <= now + kLinkWindow + kBetweenNodes;
}

Result<std::string> DownloadService::sign(LinkedFile const& file, Sha256 binding) const
{
    TRY(auto const newest, parts_.link_keys.newest());
    auto link = SignedLink{};
    link.file = file.file.id;
    link.room = file.file.room_id;
    link.expires_at = parts_.clock.now() + kLinkWindow;
    link.key_id = newest.id;
    link.mac = mac_of(newest.key, file, link.expires_at, binding);
    return to_link_path(link);
}

std::optional<std::string> DownloadService::direct_link(LinkedFile const& file, std::string disposition) const
{
    // Whose clock is off signs nothing, neither here nor there.
    if (file.growth || !parts_.link_keys.newest())
        return std::nullopt;
    auto const window = std::chrono::duration_cast<Milliseconds>(kLinkWindow);
    return parts_.blobs.direct_link(file.file.blob,
                                    {std::move(disposition), "application/octet-stream", parts_.clock.now(), window});
}

Task<Download> DownloadService::open_link(ParsedLink link, std::vector<LinkBearer> bearers)
{
    auto const now = parts_.clock.now();
    auto const key = parts_.link_keys.accepted(link.key_id);
    if (!key)
        co_return fail(Errc::link_invalid, "by no key that is accepted");
    auto file = parts_.linked_files.find(link.file, now);
    if (!file) {
        CO_TRY(file, co_await load_linked(link.file, now));
    }
    auto const bearer =
        std::ranges::find_if(bearers, [&](LinkBearer const& one) { return is_signed_for(*key, link, *file, one.binding); });
    if (bearer == bearers.end())
        co_return fail(Errc::link_invalid);
    // The window is judged after the signature: only who holds a true link learns that it is late.
    if (!is_open(link, now))
        co_return fail(Errc::link_expired);
    auto const* const user = std::get_if<std::string>(&bearer->caller);
    auto const room = file->file.room_id;
    auto const session = user != nullptr ? basic_session_id(room, *user) : session_id_of(std::get<SessionToken>(bearer->caller));
    if (parts_.blobs.is_shared() && !parts_.cutoffs.has_member(room, session)) {
        CO_TRY(co_await require_member(room, session));
    }
    auto cutoff = parts_.cutoffs.of_member(room, session, file->cutoff);
    if (cutoff->has_passed(now))
        co_return fail(Errc::link_invalid, "of a member who was removed");
    co_return Download{std::move(file), session, std::move(cutoff)};
}

/// A file that is gone, or can't be linked to, is a link that isn't valid: else an id and a made-up signature would tell whether
/// the file is still there.
Task<std::shared_ptr<LinkedFile const>> DownloadService::load_linked(FileId id, Instant now)
{
    auto loaded = co_await load_anywhere(id, now);
    constexpr auto kNoLink = std::array{Errc::not_found, Errc::not_whole_yet, Errc::being_checked};
    if (!loaded && std::ranges::find(kNoLink, loaded.error().code) != kNoLink.end())
        co_return fail(Errc::link_invalid, "its file is gone");
    co_return loaded;
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::load_anywhere(FileId id, Instant now)
{
    CO_TRY(auto entry, co_await parts_.store.find_file_anywhere(id, now));
    CO_TRY(auto const room, co_await parts_.store.find_room_by_id(entry.room_id, now));
    co_return co_await load(std::move(entry), room);
}

/// Of a member whom this node hasn't seen yet it hasn't heard either whether they were removed.
Task<> DownloadService::require_member(RoomId room, TokenHash session)
{
    CO_TRY(auto const sessions, co_await parts_.store.list_sessions(room));
    auto const is_member = std::ranges::find(sessions, session, &Session::id) != sessions.end();
    co_return is_member ? Result<>{} : fail(Errc::link_invalid, "of somebody who is no member any more");
}

Task<Download> DownloadService::open(Admission const& admission, std::string name)
{
    auto entry = co_await parts_.store.find_file_by_name(admission.room.id, name, parts_.clock.now());
    if (!entry)
        co_return fail(co_await why_absent(parts_.store, admission.room.id, name, entry.error()));
    co_return co_await open_entry(admission, *std::move(entry));
}

Task<Download> DownloadService::open(Admission const& admission, FileId id)
{
    auto entry = co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now());
    if (!entry)
        co_return fail(co_await why_absent(parts_.store, admission.room.id, id.hex(), entry.error()));
    co_return co_await open_entry(admission, *std::move(entry));
}

Task<Download> DownloadService::open_entry(Admission const& admission, FileEntry entry)
{
    auto file = parts_.linked_files.find(entry.id, parts_.clock.now());
    if (!file) {
        CO_TRY(file, co_await load(std::move(entry), admission.room));
    }
    co_return Download{std::move(file), admission.session.id, admission.cutoff};
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::load(FileEntry file, Room const& room)
{
    if (file.is_partial)
        co_return fail(Errc::not_found, "a part is no file");
    if (file.is_being_checked())
        co_return fail(Errc::being_checked);
    if (!file.is_complete() && (file.is_direct || file.scan == Scan::waiting))
        co_return fail(Errc::not_whole_yet, "nobody can read behind its uploader");
    if (!file.is_complete())
        co_return co_await load_growing(std::move(file), room);
    auto linked = LinkedFile{};
    linked.etag = etag_of(file);
    if (file.sha256)
        linked.repr_digest = "sha-256=:" + to_base64(file.sha256->bytes()) + ":";
    CO_TRY(linked.reader, co_await parts_.blobs.open_reader(file.blob));
    linked.cutoff = parts_.cutoffs.of(room);
    linked.gone = parts_.deliveries.add(file.blob);
    linked.file = std::move(file);
    auto const is_final = linked.file.sha256 || linked.file.is_direct;
    auto shared = std::make_shared<LinkedFile const>(std::move(linked));
    if (is_final) {
        parts_.linked_files.keep(shared);
        // One that was removed before it was kept would be served on.
        if (auto const still = co_await parts_.store.find_file(room.id, shared->file.id, parts_.clock.now()); !still) {
            parts_.linked_files.forget(shared->file.id);
            co_return fail(still.error());
        }
    }
    co_return shared;
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::load_growing(FileEntry file, Room const& room)
{
    auto linked = LinkedFile{};
    linked.growth = parts_.live.growths.of(file.id);
    linked.etag = etag_of(file);
    linked.cutoff = parts_.cutoffs.of(room);
    linked.gone = parts_.deliveries.add(file.blob);
    // Asked again now that its end can't be missed.
    CO_TRY(linked.file, co_await parts_.store.find_file(room.id, file.id, parts_.clock.now()));
    if (linked.file.is_complete())
        co_return co_await load(std::move(linked.file), room);
    auto const stored = co_await parts_.blobs.size_of(linked.file.blob);
    if (stored && !linked.file.unverified_from)
        linked.growth->reach_unless_led({std::min(*stored, linked.file.size).value});
    co_return std::make_shared<LinkedFile const>(std::move(linked));
}

Task<> DownloadService::send_behind(std::shared_ptr<LinkedFile const> file, ByteOffset from, std::optional<ByteOffset> end,
                                    ByteSink& sink)
{
    auto const patience = parts_.blobs.is_shared() ? kLookAgain : kPatience;
    auto reader = std::shared_ptr<BlobReader const>{};
    while (!end || from < *end) {
        auto const state = file->growth->state();
        auto const ready = end ? std::min(*end, state.offset) : state.offset;
        if (state.phase == Growth::Phase::gone)
            co_return fail(Errc::cancelled, "the upload was removed");
        if (from < ready) {
            if (!reader) {
                CO_TRY(reader, co_await parts_.blobs.open_reader(file->file.blob));
            }
            CO_TRY(co_await sink.send(*reader, from, ready - from));
            from = ready;
        } else if (state.phase == Growth::Phase::complete) {
            co_return end ? fail(Errc::cancelled, "shorter than it was told") : Result<>{};
        } else if (sink.is_peer_gone()) {
            co_return fail(Errc::body_truncated, "the peer is gone");
        } else {
            co_await file->growth->wait(state, patience);
            CO_TRY(co_await look_behind(*file));
        }
    }
    co_return Result<>{};
}

/// Where another node may be the one that writes, nobody here tells how far it is.
Task<> DownloadService::look_behind(LinkedFile const& file)
{
    if (!parts_.blobs.is_shared() || file.growth->state().phase != Growth::Phase::growing)
        co_return Result<>{};
    auto const entry = co_await parts_.store.find_file_anywhere(file.file.id, parts_.clock.now());
    if (!entry && entry.error().code != Errc::not_found)
        co_return Result<>{};  // a database that is away doesn't stop what runs
    if (!entry) {
        file.growth->vanish();
    } else if (entry->is_complete()) {
        file.growth->complete({entry->size.value});
    } else if (auto const stored = co_await parts_.blobs.size_of(entry->blob)) {
        auto const end = ByteOffset{stored->value};
        file.growth->reach(std::min(end, entry->unverified_from.value_or(end)));
    }
    co_return Result<>{};
}

}  // namespace fleeting
