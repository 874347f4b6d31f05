#pragma once

#include "domain/upload_metadata.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "service/upload_service.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleeting::api {

inline constexpr auto kTusVersion = std::string_view{"1.0.0"};

/// Whether the request speaks our version of tus. If not, the answer is 412 with `Tus-Version`.
bool speaks_tus(http::Request const& request);
http::Response version_mismatch();

/// Versions, extensions, checksum algorithms and the largest upload: the answer to OPTIONS.
void describe_tus(http::Response& response, ByteCount max_size);

/// A field that must be there once, as a size. errors: invalid_request, naming it
Result<ByteCount> size_field(http::Request const& request, std::string_view name);

/// Whether the body is tus's (`application/offset+octet-stream`).
bool has_offset_body(http::Request const& request);
http::Response wrong_content_type(std::string_view wanted);

/// What the bytes of this request must come to: `Upload-Checksum`, or else `Content-Digest`. errors: invalid_request, naming it
Result<std::optional<StatedChecksum>> upload_checksum_of(http::Request const& request);

/// Fills in what `Upload-Metadata` says. errors: invalid_request, naming it
Result<> take_metadata(http::Request const& request, CreateUpload& wish);

/// What a creation asks for.
struct TusCreation {
    CreateUpload wish;
    std::vector<FileId> parts;  ///< of a final upload; else empty
};
/// address   of an upload of this room, without its id: what `Upload-Concat` may name
/// errors    invalid_request, naming the field
Result<TusCreation> creation_of(http::Request const& request, std::string_view address);

/// Upload-Offset, and Upload-Expires while it isn't complete.
void describe_upload(http::Response& response, FileEntry const& upload, Instant expires_at);
/// What HEAD tells beside that: length, concatenation, and the metadata as it was given.
void describe_whole_upload(http::Response& response, FileEntry const& upload, std::string const& address);

}  // namespace fleeting::api
