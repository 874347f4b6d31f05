#pragma once

#include "base/ids.hpp"

namespace fleeting::crypto {

/// FIPS 180-4, with CPU instructions.
Sha256 sha256(Bytes bytes);

/// What is stored of a session's token.
TokenHash hash_token(SessionToken const& token);

}  // namespace fleeting::crypto
