#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace fleeting::app {

/// A file of the page as the build left it; the bytes live in the binary.
struct EmbeddedAsset {
    std::string_view path;  ///< `index.html`, `assets/app-1A2B.js`, `openapi.json`
    std::string_view media_type;
    std::string_view etag;  ///< SHA-256 of the identity bytes, hex
    std::span<std::byte const> identity;
    std::span<std::byte const> gzip;    ///< empty = none
    std::span<std::byte const> brotli;  ///< empty = none
    bool is_hashed = false;
};

/// Sorted by path. Empty where the binary was built without the page.
std::span<EmbeddedAsset const> embedded_assets();

}  // namespace fleeting::app
