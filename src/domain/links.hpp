#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace fleeting {

/// How long a signed link may be used to *start* a download. docs/protocol.md has its grammar.
inline constexpr auto kLinkWindow = Milliseconds{10'000};

/// What a signed link promises: this file, to this caller, until then.
struct LinkClaim {
    RoomId room;
    FileId file;
    BlobKey blob;  ///< so that a link never opens other bytes under the same id
    Instant expires_at;
    Sha256 binding;  ///< SHA-256 of the credential the caller presented
};

/// A link's parts as they stand in its address.
struct SignedLink {
    FileId file;
    RoomId room;
    Instant expires_at;
    std::uint32_t key_id = 0;
    std::array<std::byte, 32> mac{};
};
using ParsedLink = SignedLink;  ///< `room` isn't in the address and stays zero

/// The bytes the HMAC is made over: each part with its length in front, so that no two claims give the same bytes.
std::string link_mac_input(LinkClaim const& claim);

/// `/d/<file>?e=<unix ms>&k=<key id>&s=<base64url>`
std::string to_link_path(SignedLink const& link);

/// Accepts exactly what `to_link_path` writes: one spelling a link. errors: link_invalid
Result<ParsedLink> parse_link(std::string_view file, std::string_view e, std::string_view k, std::string_view s);

}  // namespace fleeting
