#pragma once

#include "base/ids.hpp"

#include <array>

namespace fleeting::crypto {

/// FIPS 180-4, with CPU instructions.
Sha256 sha256(Bytes bytes);

/// RFC 1321, for protocols that ask for it against damage on the way. Keeps nobody from anything.
std::array<std::byte, 16> md5(Bytes bytes);

/// What is stored of a session's token.
TokenHash hash_token(SessionToken const& token);

}  // namespace fleeting::crypto
