#pragma once

#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace fleeting {

/// tus `Upload-Metadata`: comma-separated `key base64` pairs (a key alone has an empty value).
using UploadMetadata = std::map<std::string, std::string, std::less<>>;

/// Keys are ASCII and unique, values strict padded base64, at most 4 KiB in all.
/// errors    invalid_request (field "Upload-Metadata")
/// source    tus 1.0.0, Creation
Result<UploadMetadata> parse_upload_metadata(std::string_view header);

}  // namespace fleeting
