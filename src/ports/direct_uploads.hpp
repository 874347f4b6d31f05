#pragma once

#include "async/task.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "domain/file.hpp"

#include <cstdint>
#include <string>
#include <vector>

// Direct uploads: a file's bytes go from the member's own client to the store, in parts, past this server (ADR 16).

namespace fleeting {

/// The store's own upload that becomes a blob.
struct DirectUpload {
    BlobKey blob;
    std::string upload_id;  ///< the store's
    ByteCount part_size;    ///< of all parts but the last
};

/// A part that the store has. The uploader says so: this server has seen none of its bytes.
struct DirectPart {
    std::uint32_t number = 0;  ///< from 1
    ByteCount size;
    std::string etag;  ///< as the store told it, quotes and all
    std::uint32_t crc32 = 0;

    friend bool operator==(DirectPart const&, DirectPart const&) = default;
};

/// Which part a link is for.
struct PartLink {
    std::uint32_t number = 0;
    ByteCount size;
    std::string md5;  ///< of its bytes, in base64 (Content-MD5)
    Instant now;
    Seconds lifetime;
};

/// What a store does for direct uploads. Thread-safe.
class DirectUploads {
public:
    virtual ~DirectUploads() = default;
    /// Makes the store ready to take parts, and returns its id for them. Unless a row names it soon, the store's sweep ends it.
    /// errors    unavailable
    virtual Task<std::string> begin(BlobKey blob) = 0;
    /// An address that takes exactly that part by PUT: another length, or other bytes than those of the MD5, are refused.
    [[nodiscard]] virtual std::string link_to(DirectUpload const& upload, PartLink const& part) const = 0;
    /// Makes the blob of its parts, all of them in order, and looks whether it has their length. Does no harm where it is done
    /// already.
    /// errors    not_found (the store has lost the upload, or made a blob of another length), parts_missing (a part isn't the one
    ///           recorded), unavailable
    virtual Task<> complete(DirectUpload const& upload, std::vector<DirectPart> const& parts) = 0;
    /// Where links lead, as a source of a Content-Security-Policy.
    [[nodiscard]] virtual std::string source() const = 0;
};

/// What of direct uploads all nodes must know. Each function is one transaction. Rows outlive their file's, until the blob is
/// erased: they say what is to be ended at the store.
class DirectUploadStore {
public:
    virtual ~DirectUploadStore() = default;
    virtual Task<> add_direct_upload(DirectUpload upload) = 0;
    /// errors    not_found
    virtual Task<DirectUpload> find_direct_upload(BlobKey blob) = 0;
    /// Those of `blobs` that have one, in no order.
    virtual Task<std::vector<DirectUpload>> list_direct_uploads(std::vector<BlobKey> blobs) = 0;
    /// In order of their numbers.
    virtual Task<std::vector<DirectPart>> list_direct_parts(BlobKey blob) = 0;
    /// Puts the part into the list, in place of an earlier one of that number, and returns the file, its offset the sum of all.
    /// errors    not_found (no such upload, or complete), upload_busy (somebody completes it)
    virtual Task<FileEntry> record_direct_part(BlobKey blob, DirectPart part, Instant now) = 0;
    /// From now on nobody else may complete the upload or change its parts, until `until` at the latest.
    /// errors    not_found, upload_busy (somebody else completes it)
    virtual Task<> claim_direct_upload(BlobKey blob, Instant now, Instant until) = 0;
    /// Lets the claim that runs until `until` run until `later`.
    /// errors    upload_busy (it isn't the caller's any more)
    virtual Task<> extend_direct_claim(BlobKey blob, Instant until, Instant later) = 0;
    /// Gives back the claim that runs until `until`; does nothing where that has run out and somebody else has the next.
    /// forget_parts    what was recorded isn't what the store has
    virtual Task<> release_direct_upload(BlobKey blob, Instant until, bool forget_parts) = 0;
    virtual Task<> remove_direct_uploads(std::vector<BlobKey> blobs) = 0;
    /// Those of the store's ids that belong to no file.
    virtual Task<std::vector<std::string>> unknown_direct_uploads(std::vector<std::string> upload_ids) = 0;
};

}  // namespace fleeting
