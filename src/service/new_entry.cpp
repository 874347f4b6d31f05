#include "crypto/random.hpp"
#include "domain/names.hpp"
#include "service/upload_service.hpp"

namespace fleeting {
namespace {

Result<> check_quota(Room const& room, ByteCount size)
{
    if (size > room.file_size_limit)
        return fail(Errc::file_too_large);
    if (room.uploads_locked)
        return fail(Errc::uploads_locked);
    if (room.file_count >= room.file_count_limit)
        return fail(Errc::too_many_files);
    if (room.used + size > room.size_limit)
        return fail(Errc::room_full);
    return {};
}

}  // namespace

Task<FileEntry> UploadService::new_entry(Admission const& admission, CreateUpload& wish)
{
    auto file = FileEntry{};
    file.created_at = parts_.clock.now();
    file.id = crypto::ordered_id<FileId>(file.created_at);
    file.is_partial = wish.is_partial;
    if (wish.is_partial) {
        file.name = '/' + file.id.hex();  // no member can give such a name, or ask for it
    } else {
        CO_TRY(file.name, parse_file_name(wish.name));
    }
    file.size = wish.length.value_or(ByteCount{0});
    CO_TRY(check_quota(admission.room, file.size));
    CO_TRY(parts_.blobs.check_room_for(file.size));
    file.room_id = admission.room.id;
    file.length_known = wish.length.has_value();
    file.media_type = to_media_type(wish.media_type);
    CO_TRY(file.blob, co_await parts_.blobs.name_blob(crypto::ordered_id<BlobKey>(file.created_at), file.room_id));
    file.scan = settings_.scans ? Scan::waiting : Scan::none;
    file.uploader = admission.session.nickname;
    file.uploader_id = admission.session.id;
    file.stated_sha256 = wish.sha256;
    file.modified_at = wish.modified_at;
    file.metadata = std::move(wish.metadata);
    co_return file;
}

}  // namespace fleeting
