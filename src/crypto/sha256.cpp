#include "crypto/sha256.hpp"

#include <cstdlib>
#include <memory>
#include <openssl/evp.h>

namespace fleeting::crypto {
namespace {

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Sha256 sha256(Bytes bytes)
{
    auto digest = Sha256{};
    // Looked up once: that costs more than the digest of a token.
    static auto* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local auto const context = std::unique_ptr<EVP_MD_CTX, FreeDigest>{EVP_MD_CTX_new()};
    if (EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.raw.data()), nullptr) != 1)
        std::abort();
    return digest;
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
