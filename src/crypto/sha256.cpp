#include "crypto/sha256.hpp"

#include <openssl/sha.h>

namespace fleeting::crypto {

Sha256 sha256(Bytes bytes)
{
    auto digest = Sha256{};
    SHA256(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.raw.data()));
    return digest;
}

TokenHash hash_token(SessionToken const& token)
{
    return TokenHash{sha256(token.bytes()).raw};
}

}  // namespace fleeting::crypto
