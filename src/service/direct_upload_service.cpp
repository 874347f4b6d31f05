#include "service/direct_upload_service.hpp"

#include "base/base64.hpp"
#include "domain/direct_parts.hpp"
#include "service/scan_service.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// Below it the calls around the parts cost more than the bytes.
constexpr auto kLeastSize = ByteCount{16ULL << 20};
// Long enough for a part to begin on a slow line. Once it has, it may take as long as it takes.
constexpr auto kLinkLifetime = Seconds{60};
constexpr auto kMostEtag = std::size_t{200};
constexpr auto kMd5Bytes = std::size_t{16};

Result<> check_number(FileEntry const& file, ByteCount part_size, std::uint32_t number)
{
    if (number < 1 || number > part_count_of(file.size, part_size))
        return fail_field(Errc::invalid_request, "number", "no such part");
    return {};
}

Result<> check_md5(std::string const& md5)
{
    auto const bytes = parse_base64(md5);
    if (!bytes || bytes->size() != kMd5Bytes)
        return fail_field(Errc::invalid_request, "md5", "not 16 bytes in base64");
    return {};
}

Result<> check_etag(std::string const& etag)
{
    auto const is_printable = std::ranges::all_of(etag, [](char c) { return c > ' ' && c < 0x7F; });
    if (etag.empty() || etag.size() > kMostEtag || !is_printable)
        return fail_field(Errc::invalid_request, "etag", "no ETag");
    return {};
}

/// How long a link may live. errors: room_ended
Result<Seconds> lifetime_in(Room const& room, Instant now)
{
    auto const left = std::chrono::floor<Seconds>(room.expires_at - now);
    if (left < Seconds{1})
        return fail(Error{Errc::room_ended, "no whole second is left", {}, 0, room.expires_at});
    return std::min(left, kLinkLifetime);
}

}  // namespace

std::optional<ByteCount> DirectUploadService::least_size() const
{
    return parts_.blobs.direct_uploads() == nullptr ? std::nullopt : std::optional{kLeastSize};
}

std::string DirectUploadService::source() const
{
    auto const* const direct = parts_.blobs.direct_uploads();
    return direct == nullptr ? std::string{} : direct->source();
}

Task<FileEntry> DirectUploadService::find_own(Admission const& admission, FileId id) const
{
    auto found = co_await parts_.store.find_file(admission.room.id, id, parts_.clock.now());
    if (!found)
        co_return fail(co_await why_absent(parts_.store, admission.room.id, id.hex(), found.error()));
    auto file = *std::move(found);
    if (!file.is_direct)
        co_return fail(Errc::not_found, "its bytes come by this server");
    if (file.uploader_id != admission.session.id)
        co_return fail(Errc::forbidden, "not the uploader");
    co_return file;
}

Task<FileEntry> DirectUploadService::find_open(Admission const& admission, FileId id) const
{
    CO_TRY(auto file, co_await find_own(admission, id));
    if (file.is_complete())
        co_return fail(Errc::upload_complete);
    co_return file;
}

Task<DirectStanding> DirectUploadService::create(Admission const& admission, CreateUpload wish)
{
    auto* const direct = parts_.blobs.direct_uploads();
    if (direct == nullptr)
        co_return fail(Errc::no_direct_uploads);
    if (!wish.length || *wish.length == ByteCount{0})
        co_return fail_field(Errc::invalid_request, "size_bytes", "nothing to send");
    CO_TRY(auto file, co_await parts_.uploads.new_entry(admission, wish));
    file.is_direct = true;
    auto upload = DirectUpload{file.blob, {}, part_size_for(file.size)};
    CO_TRY(upload.upload_id, co_await direct->begin(file.blob));
    CO_TRY(file, co_await insert(std::move(file), upload));
    co_return DirectStanding{std::move(file), upload.part_size, {}};
}

/// The file's row comes last. Until it is there the store's sweep takes the upload for nobody's.
Task<FileEntry> DirectUploadService::insert(FileEntry file, DirectUpload upload)
{
    CO_TRY(co_await parts_.store.add_direct_upload(std::move(upload)));
    auto change = co_await parts_.store.create_file(file, parts_.clock.now());
    if (!change) {
        // One whose row may have been written, as the answer was lost, is the sweep's to judge.
        if (change.error().code != Errc::unavailable) {
            CO_TRY(co_await parts_.blobs.erase({file.blob}));
        }
        co_return fail(change.error());
    }
    parts_.bus.publish(file.room_id, Event{change->room_version, FileAdded{change->file}});
    co_return std::move(change->file);
}

Task<DirectStanding> DirectUploadService::find(Admission const& admission, FileId id)
{
    CO_TRY(auto const file, co_await find_own(admission, id));
    auto const upload = co_await parts_.store.find_direct_upload(file.blob);
    CO_TRY(auto parts, co_await parts_.store.list_direct_parts(file.blob));
    // Looked at last: what is completed meanwhile loses its rows, and who hears of no upload, or of no parts, begins anew.
    CO_TRY(auto now, co_await find_own(admission, id));
    auto const usual = part_size_for(now.size);
    if (now.is_complete())
        co_return DirectStanding{std::move(now), usual, {}};
    CO_TRY(upload);
    co_return DirectStanding{std::move(now), upload->part_size, std::move(parts)};
}

Task<std::vector<std::string>> DirectUploadService::links(Admission const& admission, FileId id, std::vector<PartWish> wishes)
{
    CO_TRY(auto const file, co_await find_open(admission, id));
    CO_TRY(auto const upload, co_await parts_.store.find_direct_upload(file.blob));
    auto const* const direct = parts_.blobs.direct_uploads();
    if (direct == nullptr)
        co_return fail(Errc::no_direct_uploads);
    // Whose clock is off signs nothing, neither here nor there.
    CO_TRY(parts_.link_keys.newest());
    auto const now = parts_.clock.now();
    CO_TRY(auto const lifetime, lifetime_in(admission.room, now));
    auto links = std::vector<std::string>{};
    for (auto& wish : wishes) {
        CO_TRY(check_number(file, upload.part_size, wish.number));
        CO_TRY(check_md5(wish.md5));
        auto const size = size_of_part(file.size, upload.part_size, wish.number);
        links.push_back(direct->link_to(upload, {wish.number, size, std::move(wish.md5), now, lifetime}));
    }
    co_return links;
}

Task<FileEntry> DirectUploadService::record(Admission const& admission, FileId id, DirectPart part)
{
    CO_TRY(auto file, co_await find_open(admission, id));
    CO_TRY(auto const upload, co_await parts_.store.find_direct_upload(file.blob));
    CO_TRY(check_number(file, upload.part_size, part.number));
    CO_TRY(check_etag(part.etag));
    part.size = size_of_part(file.size, upload.part_size, part.number);
    CO_TRY(file, co_await parts_.store.record_direct_part(file.blob, part, parts_.clock.now()));
    ++stats_.parts;
    stats_.bytes += part.size.value;
    parts_.bus.publish(file.room_id, Event{0, FileProgressed{file}});
    co_return file;
}

}  // namespace fleeting
