#pragma once

#include "base/checksum.hpp"
#include "base/ids.hpp"
#include "http/request.hpp"

#include <optional>

namespace fleeting::api {

/// `Content-Digest` (RFC 9530): of this request's bytes. Nothing where there is none, or only algorithms we don't compute.
/// errors    invalid_request, naming the field
Result<std::optional<StatedChecksum>> content_digest_of(http::Request const& request);

/// The SHA-256 of the whole file, by `Repr-Digest`. errors: invalid_request, naming the field
Result<std::optional<Sha256>> repr_digest_of(http::Request const& request);

/// Whether the client wants to be told the SHA-256 of the whole file (`Want-Repr-Digest`, RFC 9530).
bool wants_sha256(http::Request const& request);

}  // namespace fleeting::api
