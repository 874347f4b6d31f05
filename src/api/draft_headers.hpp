#pragma once

#include "api/api.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "service/upload_service.hpp"

#include <optional>

namespace fleeting::api {

/// The interop version of the draft that the client speaks, where it is one of ours (5, 6, 7, 8): only then it is sent 104.
std::optional<unsigned> interop_version_of(http::Request const& request);

/// `Upload-Complete`. errors: invalid_request, naming it (absent or malformed)
Result<bool> upload_complete_of(http::Request const& request);
/// `Upload-Offset`. errors: as above
Result<ByteOffset> draft_offset_of(http::Request const& request);
/// `Upload-Length`; a malformed one counts as absent.
std::optional<ByteCount> draft_length_of(http::Request const& request);

/// Whether the body is the draft's (`application/partial-upload`).
bool has_partial_body(http::Request const& request);

/// `Upload-Limit`, spelt as the client's version does.
void describe_limits(http::ResponseHeaders& headers, ApiContext const& context, http::Request const& request,
                     Admission const& admission);
/// Upload-Offset and Upload-Complete, and the digest of a complete upload where it is known.
void describe_draft_upload(http::Response& response, FileEntry const& upload);

/// The problem types of the draft; `upload` is told where its offset helps.
http::Response draft_problem(Error const& error, std::optional<FileEntry> const& upload, ByteOffset provided);

}  // namespace fleeting::api
