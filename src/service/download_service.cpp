#include "service/download_service.hpp"

#include "base/base64.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>

namespace fleeting {

// The key id told in links. One key for now; a rotated one gets the next number.
static constexpr auto kKeyId = std::uint32_t{1};

Sha256 link_binding(std::string_view credential)
{
    return crypto::sha256(std::as_bytes(std::span{credential}));
}

/// A file's bytes never change once they are there, so its id says which they are, before and after it is complete.
static std::string etag_of(FileEntry const& file)
{
    return '"' + to_base64url(file.id.bytes()) + '"';
}

DownloadService::DownloadService(DownloadParts parts, crypto::HmacKey const& link_key) : parts_(parts), link_key_(link_key) {}

Task<std::string> DownloadService::sign(Admission const& admission, FileId id, Sha256 binding)
{
    CO_TRY(auto const download, co_await open(admission, id));
    auto link = SignedLink{};
    link.file = id;
    link.room = admission.room.id;
    link.expires_at = parts_.clock.now() + kLinkWindow;
    link.key_id = kKeyId;
    link.mac = mac_of(*download.file, link.expires_at, binding);
    co_return to_link_path(link);
}

std::array<std::byte, 32> DownloadService::mac_of(LinkedFile const& file, Instant expires_at, Sha256 const& binding) const
{
    auto const input = link_mac_input({file.file.room_id, file.file.id, file.file.blob, expires_at, binding});
    return crypto::hmac_sha256(link_key_, std::as_bytes(std::span{input}));
}

Task<Download> DownloadService::open_link(ParsedLink link, std::vector<LinkBearer> bearers)
{
    auto const now = parts_.clock.now();
    auto file = parts_.linked_files.find(link.file, now);
    if (!file) {
        CO_TRY(auto entry, co_await parts_.store.find_file_anywhere(link.file, now));
        CO_TRY(auto const room, co_await parts_.store.find_room_by_id(entry.room_id, now));
        CO_TRY(file, co_await load(std::move(entry), room));
    }
    auto const bearer =
        std::ranges::find_if(bearers, [&](LinkBearer const& one) { return is_signed_for(link, *file, one.binding); });
    if (link.key_id != kKeyId || bearer == bearers.end())
        co_return fail(Errc::link_invalid);
    // The window is judged after the signature: only who holds a true link learns that it is late.
    if (now >= link.expires_at)
        co_return fail(Errc::link_expired);
    auto const* const user = std::get_if<std::string>(&bearer->caller);
    auto const room = file->file.room_id;
    auto const session = user != nullptr ? basic_session_id(room, *user) : session_id_of(std::get<SessionToken>(bearer->caller));
    auto cutoff = parts_.cutoffs.of_member(room, session, file->cutoff);
    if (cutoff->has_passed(now))
        co_return fail(Errc::link_invalid, "of a member who was removed");
    co_return Download{std::move(file), session, std::move(cutoff)};
}

bool DownloadService::is_signed_for(ParsedLink const& link, LinkedFile const& file, Sha256 const& binding) const
{
    return crypto::equal_in_constant_time(mac_of(file, link.expires_at, binding), link.mac);
}

Task<Download> DownloadService::open(Admission const& admission, std::string name)
{
    CO_TRY(auto entry, co_await parts_.store.find_file_by_name(admission.room.id, std::move(name), parts_.clock.now()));
    co_return co_await open_entry(admission, std::move(entry));
}

Task<Download> DownloadService::open(Admission const& admission, FileId id)
{
    CO_TRY(auto entry, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    co_return co_await open_entry(admission, std::move(entry));
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
    if (!file.is_complete())
        co_return co_await load_growing(std::move(file), room);
    auto linked = LinkedFile{};
    linked.etag = etag_of(file);
    if (file.sha256)
        linked.repr_digest = "sha-256=:" + to_base64(file.sha256->bytes()) + ":";
    CO_TRY(linked.reader, co_await parts_.blobs.open_reader(file.blob));
    linked.cutoff = parts_.cutoffs.of(room);
    linked.file = std::move(file);
    auto const is_final = linked.file.sha256.has_value();
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
    // Asked again now that its end can't be missed.
    CO_TRY(linked.file, co_await parts_.store.find_file(room.id, file.id, parts_.clock.now()));
    if (linked.file.is_complete())
        co_return co_await load(std::move(linked.file), room);
    auto const stored = co_await parts_.blobs.size_of(linked.file.blob);
    if (stored && !linked.file.unverified_from)
        linked.growth->reach_unless_led({stored->value});
    co_return std::make_shared<LinkedFile const>(std::move(linked));
}

Task<> DownloadService::send_behind(std::shared_ptr<LinkedFile const> file, ByteOffset from, std::optional<ByteOffset> end,
                                    ByteSink& sink)
{
    constexpr auto kPatience = Milliseconds{1'000};
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
            co_await file->growth->wait(state, kPatience);
        }
    }
    co_return Result<>{};
}

}  // namespace fleeting
