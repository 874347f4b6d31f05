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

DownloadService::DownloadService(DownloadParts parts, crypto::HmacKey const& link_key) : parts_(parts), link_key_(link_key) {}

Task<std::string> DownloadService::sign(Admission const& admission, FileId id, Sha256 binding)
{
    CO_TRY(auto const file, co_await open(admission, id));
    auto link = SignedLink{};
    link.file = id;
    link.room = admission.room.id;
    link.expires_at = parts_.clock.now() + kLinkWindow;
    link.key_id = kKeyId;
    link.mac = mac_of(*file, link.expires_at, binding);
    co_return to_link_path(link);
}

std::array<std::byte, 32> DownloadService::mac_of(LinkedFile const& file, Instant expires_at, Sha256 const& binding) const
{
    auto const input = link_mac_input({file.file.room_id, file.file.id, file.file.blob, expires_at, binding});
    return crypto::hmac_sha256(link_key_, std::as_bytes(std::span{input}));
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::open_link(ParsedLink link, std::vector<Sha256> bindings)
{
    auto const now = parts_.clock.now();
    auto file = parts_.linked_files.find(link.file, now);
    if (!file) {
        CO_TRY(auto entry, co_await parts_.store.find_file_anywhere(link.file, now));
        CO_TRY(auto const room, co_await parts_.store.find_room_by_id(entry.room_id, now));
        CO_TRY(file, co_await load(std::move(entry), room));
    }
    if (link.key_id != kKeyId || !is_signed_for(link, *file, bindings))
        co_return fail(Errc::link_invalid);
    // The window is judged after the signature: only who holds a true link learns that it is late.
    if (now >= link.expires_at)
        co_return fail(Errc::link_expired);
    co_return file;
}

bool DownloadService::is_signed_for(ParsedLink const& link, LinkedFile const& file, std::vector<Sha256> const& bindings) const
{
    return std::ranges::any_of(bindings, [&](Sha256 const& binding) {
        return crypto::equal_in_constant_time(mac_of(file, link.expires_at, binding), link.mac);
    });
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::open(Admission const& admission, std::string name)
{
    CO_TRY(auto entry, co_await parts_.store.find_file_by_name(admission.room.id, std::move(name), parts_.clock.now()));
    co_return co_await open_entry(admission, std::move(entry));
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::open(Admission const& admission, FileId id)
{
    CO_TRY(auto entry, co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now()));
    co_return co_await open_entry(admission, std::move(entry));
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::open_entry(Admission const& admission, FileEntry entry)
{
    if (auto kept = parts_.linked_files.find(entry.id, parts_.clock.now()))
        co_return kept;
    co_return co_await load(std::move(entry), admission.room);
}

Task<std::shared_ptr<LinkedFile const>> DownloadService::load(FileEntry file, Room const& room)
{
    if (!file.is_complete() || !file.sha256)
        co_return fail(Errc::not_found, "not complete yet");
    auto linked = LinkedFile{};
    linked.etag = '"' + to_base64url(file.sha256->bytes()) + '"';
    linked.repr_digest = "sha-256=:" + to_base64(file.sha256->bytes()) + ":";
    CO_TRY(linked.reader, co_await parts_.blobs.open_reader(file.blob));
    linked.cutoff = parts_.cutoffs.of(room);
    linked.file = std::move(file);
    auto shared = std::make_shared<LinkedFile const>(std::move(linked));
    parts_.linked_files.keep(shared);
    co_return shared;
}

}  // namespace fleeting
