#include "crypto/sha256.hpp"

#include "crypto/running_sha256.hpp"

#include <cstdlib>
#include <openssl/evp.h>

namespace fleeting::crypto {

Sha256 sha256(Bytes bytes)
{
    auto running = RunningSha256{};
    running.update(bytes);
    return running.digest();
}

std::array<std::byte, 16> md5(Bytes bytes)
{
    auto digest = std::array<std::byte, 16>{};
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_md5(), nullptr) != 1)
        std::abort();
    return digest;
}

TokenHash hash_token(SessionToken const& token)
{
    return TokenHash{sha256(token.bytes()).raw};
}

}  // namespace fleeting::crypto
