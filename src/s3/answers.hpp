#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

#include <string>
#include <string_view>
#include <vector>

// What the store's XML says. Every function takes foreign bytes and answers `unavailable` for what isn't the document it wants.

namespace fleeting::s3 {

/// `<Error>`: both empty where the text is no such document.
struct StoreError {
    std::string code;
    std::string message;
};
StoreError error_of(std::string_view xml);

/// One page of objects, or of multipart uploads, or of versions.
struct Listed {
    std::string key;
    std::string id;         ///< of the upload or the version
    std::string initiated;  ///< of the upload: 2026-11-24T15:00:00.000Z
};
struct Page {
    std::vector<Listed> entries;
    bool is_last = true;
    std::string next_key;  ///< or the continuation token
    std::string next_id;
};

/// ListObjectsV2.
Result<Page> parse_objects(std::string_view xml);
/// ListMultipartUploads.
Result<Page> parse_uploads(std::string_view xml);
/// ListObjectVersions, delete markers among them.
Result<Page> parse_versions(std::string_view xml);

/// CreateMultipartUpload: its id.
Result<std::string> parse_upload_id(std::string_view xml);
/// UploadPartCopy: the part's ETag. A failure may come with status 200.
Result<std::string> parse_copied_etag(std::string_view xml);
/// CompleteMultipartUpload. As above.
Result<> parse_completed(std::string_view xml);
/// DeleteObjects, quiet: the keys that could not be deleted.
Result<std::vector<std::string>> parse_delete_errors(std::string_view xml);
/// GetBucketVersioning: whether the bucket has, or had, versions.
Result<bool> parse_versioning(std::string_view xml);
/// Whether a lifecycle configuration aborts multipart uploads somewhere.
bool has_abort_rule(std::string_view xml);
/// Whether one rule of a CORS configuration lets pages, of whatever origin, put parts with a Content-MD5 and read their ETag.
bool lets_pages_upload(std::string_view xml);

/// Text for an element.
std::string escape_xml(std::string_view text);

}  // namespace fleeting::s3
