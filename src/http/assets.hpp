#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string>
#include <string_view>

namespace fleeting::http {

/// One file of the page with its encodings, compressed at build time. Views outlive the server.
struct Asset {
    std::string_view media_type;
    std::string_view etag;  ///< of the identity bytes, hex
    Bytes identity;
    Bytes gzip;              ///< empty = none
    Bytes brotli;            ///< empty = none
    bool is_hashed = false;  ///< its name changes with its bytes: immutable for a year, else no-cache
};

/// Picks the encoding by Accept-Encoding (q-values; br before gzip), answers If-None-Match, sets Vary, ETag (one an encoding)
/// and Cache-Control.
Response asset_response(Request const& request, Asset const& asset);

}  // namespace fleeting::http
