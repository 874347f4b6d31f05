#include "crypto/hmac.hpp"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <vector>

namespace fleeting::crypto {

HmacKey::~HmacKey()
{
    sodium_memzero(bytes_.data(), bytes_.size());
}

Mac hmac_sha256(HmacKey const& key, Bytes message)
{
    auto mac = Mac{};
    auto size = 0U;
    HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(key.bytes().size()),
         reinterpret_cast<unsigned char const*>(message.data()), message.size(), reinterpret_cast<unsigned char*>(mac.data()),
         &size);
    return mac;
}

HmacKey derive_key(HmacKey const& master, std::string_view purpose)
{
    // One block is all we take: T(1) = HMAC(PRK, info | 0x01), PRK = HMAC(zeros, master).
    auto const pseudo_random_key = hmac_sha256(HmacKey{{}}, master.bytes());
    auto info = std::vector<std::byte>(purpose.size() + 1, std::byte{1});
    std::ranges::copy(std::as_bytes(std::span{purpose}), info.begin());
    return HmacKey{hmac_sha256(HmacKey{pseudo_random_key}, info)};
}

bool equal_in_constant_time(Bytes a, Bytes b)
{
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fleeting::crypto
