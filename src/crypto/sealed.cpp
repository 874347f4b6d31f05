#include "crypto/sealed.hpp"

#include "crypto/random.hpp"

#include <algorithm>
#include <sodium.h>

namespace fleeting::crypto {
namespace {

constexpr auto kNonce = std::size_t{crypto_aead_xchacha20poly1305_ietf_NPUBBYTES};
constexpr auto kTag = std::size_t{crypto_aead_xchacha20poly1305_ietf_ABYTES};

unsigned char const* raw(Bytes bytes)
{
    return reinterpret_cast<unsigned char const*>(bytes.data());
}

unsigned char* raw(MutableBytes bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

std::vector<std::byte> seal(HmacKey const& key, Bytes plain)
{
    auto sealed = std::vector<std::byte>(kNonce + plain.size() + kTag);
    auto const nonce = MutableBytes{sealed}.first(kNonce);
    fill_random(nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw(MutableBytes{sealed}.subspan(kNonce)), nullptr, raw(plain), plain.size(),
                                               nullptr, 0, nullptr, raw(nonce), raw(key.bytes()));
    return sealed;
}

Result<std::vector<std::byte>> unseal(HmacKey const& key, Bytes sealed)
{
    if (sealed.size() < kNonce + kTag)
        return fail(Errc::invalid_request, "too short to be sealed");
    auto const nonce = sealed.first(kNonce);
    auto const rest = sealed.subspan(kNonce);
    auto plain = std::vector<std::byte>(rest.size() - kTag);
    auto const failed = crypto_aead_xchacha20poly1305_ietf_decrypt(raw(MutableBytes{plain}), nullptr, nullptr, raw(rest),
                                                                   rest.size(), nullptr, 0, raw(nonce), raw(key.bytes()));
    if (failed != 0)
        return fail(Errc::invalid_request, "not sealed by this key");
    return plain;
}

}  // namespace fleeting::crypto
