#pragma once

#include "base/clock.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "service/direct_claim.hpp"
#include "service/link_keys.hpp"
#include "service/upload_service.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace fleeting {

struct DirectUploadServiceParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    LinkKeys const& link_keys;
    UploadService& uploads;
    DirectClaimTimes claim_times = {};
};

/// A direct upload as its uploader sees it.
struct DirectStanding {
    FileEntry file;
    ByteCount part_size;
    std::vector<DirectPart> parts;  ///< recorded, ascending; none of a complete file
};

/// A part that its uploader is about to send.
struct PartWish {
    std::uint32_t number = 0;
    std::string md5;  ///< in base64
};

struct DirectUploadStats {
    std::atomic<std::uint64_t> completed{0};
    std::atomic<std::uint64_t> parts{0};
    std::atomic<std::uint64_t> bytes{0};  ///< of those parts
};

/// Uploads whose bytes go from the member's client to the store (ADR 16). Between two calls nothing is remembered here: any node
/// goes on. All functions but `create` fail with forbidden for who isn't the uploader, and not_found for what isn't a direct
/// upload. Thread-safe.
class DirectUploadService {
public:
    explicit DirectUploadService(DirectUploadServiceParts parts) : parts_(parts) {}

    /// Files of at least this size are better sent so; nothing where none can be.
    [[nodiscard]] std::optional<ByteCount> least_size() const;
    /// Where the bytes go, as a source of a Content-Security-Policy; empty where they don't.
    [[nodiscard]] std::string source() const;

    /// Reserves quota and makes the entry. errors: no_direct_uploads, invalid_request (no length), those of UploadService::create
    Task<DirectStanding> create(Admission const& admission, CreateUpload wish);
    Task<DirectStanding> find(Admission const& admission, FileId id);
    /// An address for each part, in order, that takes that part only, for a minute and never past the room's deadline.
    /// errors    upload_complete, invalid_request, room_ended, unavailable (also where this node's clock is off)
    Task<std::vector<std::string>> links(Admission const& admission, FileId id, std::vector<PartWish> wishes);
    /// The store has the part: `part.size` is found here. Returns the file with its new offset, and tells the room.
    /// errors    upload_complete, invalid_request, upload_busy
    Task<FileEntry> record(Admission const& admission, FileId id, DirectPart part);
    /// Makes the parts a file, once, whoever asks for it how often.
    /// errors    parts_missing, upload_busy, not_found (also where the store has lost the upload: the entry is gone then)
    Task<FileEntry> complete(Admission const& admission, FileId id);

    [[nodiscard]] DirectUploadStats const& stats() const { return stats_; }

private:
    Task<FileEntry> find_own(Admission const& admission, FileId id) const;
    Task<FileEntry> find_open(Admission const& admission, FileId id) const;
    Task<FileEntry> insert(FileEntry file, DirectUpload upload);
    Task<FileEntry> look_behind(Admission const& admission, FileEntry const& file);
    Task<FileEntry> complete_claimed(Admission const& admission, FileEntry const& file, DirectClaim& claim);
    Task<FileEntry> give_up(Admission const& admission, FileEntry const& file, Error why);
    Task<FileEntry> give_back(FileEntry const& file, DirectClaim& claim, Error why);
    Task<FileEntry> finish(FileEntry const& file, std::vector<DirectPart> const& parts);
    Task<FileEntry> find_completed(FileEntry const& file, Error const& why);

    DirectUploadServiceParts parts_;
    DirectUploadStats stats_;
};

}  // namespace fleeting
