#pragma once

#include "base/units.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleeting::s3 {

/// Who asks.
struct Credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token;          ///< of a role; empty for keys that last
    std::optional<Instant> expires_at;  ///< of a role
};

/// Names and values as they are, not encoded.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What is signed of a request.
struct Signable {
    std::string method;
    std::string path;          ///< from the slash on, percent-encoded as it is sent
    Pairs query;               ///< in any order
    Pairs headers;             ///< names in lower case; `host` among them
    std::string payload_hash;  ///< SHA-256 of the body in hex, or kUnsignedPayload
};

inline constexpr auto kUnsignedPayload = std::string_view{"UNSIGNED-PAYLOAD"};

/// Where a signature holds.
struct Scope {
    std::string region;
    std::string service = "s3";
};

/// Percent-encodes all but A-Z a-z 0-9 - . _ ~, and slashes where they part a path.
std::string uri_encode(std::string_view text, bool keeps_slashes = false);
/// `a=1&b=` sorted and encoded: as it is signed and as it is sent.
std::string to_query(Pairs pairs);
/// `20130524T000000Z`.
std::string to_amz_date(Instant at);

/// The value of `Authorization`. `headers` must hold `x-amz-date` with that instant.
/// source    AWS Signature Version 4, "Authenticating Requests: Using the Authorization Header"
std::string authorization_of(Signable const& request, Scope const& scope, Credentials const& who, Instant now);

/// The query of a presigned URL, signature and all: whoever has it may do `request` for `lifetime` from `now` on.
/// source    AWS Signature Version 4, "Authenticating Requests: Using Query Parameters"
std::string presigned_query(Signable request, Scope const& scope, Credentials const& who, Instant now, Seconds lifetime);

}  // namespace fleeting::s3
