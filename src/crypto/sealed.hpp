#pragma once

#include "base/result.hpp"
#include "crypto/hmac.hpp"

#include <vector>

namespace fleeting::crypto {

/// `plain`, readable and alterable by nobody without `key`: a random nonce, then XChaCha20-Poly1305's output.
std::vector<std::byte> seal(HmacKey const& key, Bytes plain);
/// What was sealed under that key. errors: invalid_request (by another key, altered, or no such thing at all)
Result<std::vector<std::byte>> unseal(HmacKey const& key, Bytes sealed);

}  // namespace fleeting::crypto
