#pragma once

#include "domain/upload_metadata.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "service/upload_service.hpp"

#include <string_view>

namespace fleeting::api {

inline constexpr auto kTusVersion = std::string_view{"1.0.0"};
inline constexpr auto kTusExtensions = std::string_view{"creation,creation-with-upload,termination"};

/// Whether the request speaks our version of tus. If not, the answer is 412 with `Tus-Version`.
bool speaks_tus(http::Request const& request);
http::Response version_mismatch();

/// A field that must be there once, as a size. errors: invalid_request, naming it
Result<ByteCount> size_field(http::Request const& request, std::string_view name);

/// Whether the body is tus's (`application/offset+octet-stream`).
bool has_offset_body(http::Request const& request);
http::Response wrong_content_type();

/// What `Upload-Metadata` and `Upload-Length` ask for. errors: invalid_request, naming the field
Result<CreateUpload> creation_of(http::Request const& request);

/// Tus-Resumable and Upload-Offset.
void describe_upload(http::Response& response, FileEntry const& upload);

}  // namespace fleeting::api
