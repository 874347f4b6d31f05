#pragma once

#include "service/upload_service.hpp"

namespace fleeting {

/// The entry of an upload that may begin. What can be refused is refused here, before a byte is stored; the reservation judges
/// again, by the rows as they are then.
///
/// wish      its metadata is moved out
/// errors    invalid_name, file_too_large, room_full, too_many_files, storage_full, uploads_locked
Task<FileEntry> new_entry(Admission const& admission, CreateUpload& wish, BlobStore& blobs, Instant now);

}  // namespace fleeting
