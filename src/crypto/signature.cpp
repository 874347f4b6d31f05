#include "crypto/signature.hpp"

#include "base/base64.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <sodium.h>

namespace fleeting::crypto {
namespace {

// SEQUENCE { SEQUENCE { OID 1.3.101.112 (Ed25519) }, BIT STRING of 32 bytes, which follow }
constexpr auto kDerHead = std::to_array<unsigned char>({0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00});

unsigned char* raw(MutableBytes bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}

unsigned char const* raw(Bytes bytes)
{
    return reinterpret_cast<unsigned char const*>(bytes.data());
}

}  // namespace

SigningKey::SigningKey(HmacKey const& seed)
{
    crypto_sign_seed_keypair(raw(MutableBytes{public_}), raw(MutableBytes{secret_}), raw(seed.bytes()));
}

SigningKey::~SigningKey()
{
    sodium_memzero(secret_.data(), secret_.size());
}

Signature SigningKey::sign(Bytes message) const
{
    auto signature = Signature{};
    crypto_sign_detached(raw(MutableBytes{signature}), nullptr, raw(message), message.size(), raw(Bytes{secret_}));
    return signature;
}

std::array<std::byte, 44> SigningKey::public_der() const
{
    auto der = std::array<std::byte, 44>{};
    auto const rest = std::ranges::copy(std::as_bytes(std::span{kDerHead}), der.begin()).out;
    std::ranges::copy(public_, rest);
    return der;
}

std::string SigningKey::public_pem() const
{
    return "-----BEGIN PUBLIC KEY-----\n" + to_base64(public_der()) + "\n-----END PUBLIC KEY-----\n";
}

std::string SigningKey::id() const
{
    return sha256(public_der()).hex().substr(0, 16);
}

}  // namespace fleeting::crypto
