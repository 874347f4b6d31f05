#include "crypto/hmac.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string>
#include <vector>

namespace fleeting::crypto {
namespace {

struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// HMAC-SHA-256 without a key yet. One a thread: looking the algorithm up and building it costs three times what a MAC does.
EVP_MAC_CTX* thread_mac()
{
    thread_local auto const context = [] {
        auto* const hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
        auto made = std::unique_ptr<EVP_MAC_CTX, FreeMac>{EVP_MAC_CTX_new(hmac)};
        EVP_MAC_free(hmac);
        auto digest = std::string{"SHA256"};
        auto const parameters = std::to_array(
            {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()});
        if (!made || EVP_MAC_CTX_set_params(made.get(), parameters.data()) != 1)
            std::abort();
        return made;
    }();
    return context.get();
}

}  // namespace

HmacKey::~HmacKey()
{
    sodium_memzero(bytes_.data(), bytes_.size());
}

Mac hmac_sha256(HmacKey const& key, Bytes message)
{
    return hmac_sha256(key.bytes(), message);
}

Mac hmac_sha256(Bytes key, Bytes message)
{
    auto mac = Mac{};
    auto size = std::size_t{0};
    auto* const context = thread_mac();
    auto const* const key_bytes = reinterpret_cast<unsigned char const*>(key.data());
    auto const* const bytes = reinterpret_cast<unsigned char const*>(message.data());
    if (EVP_MAC_init(context, key_bytes, key.size(), nullptr) != 1 || EVP_MAC_update(context, bytes, message.size()) != 1 ||
        EVP_MAC_final(context, reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) != 1)
        std::abort();
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
