#pragma once

#include "crypto/hmac.hpp"

#include <array>
#include <string>

namespace fleeting::crypto {

using Signature = std::array<std::byte, 64>;

/// An Ed25519 key (RFC 8032), erased when it goes.
class SigningKey {
public:
    /// The same seed makes the same key.
    explicit SigningKey(HmacKey const& seed);
    SigningKey(SigningKey const&) = default;
    SigningKey& operator=(SigningKey const&) = default;
    ~SigningKey();

    [[nodiscard]] Signature sign(Bytes message) const;
    /// The public half as RFC 8410 has it, in PEM.
    [[nodiscard]] std::string public_pem() const;
    /// Tells keys apart: the first 16 hex digits of SHA-256 of the public half as RFC 8410 has it, in DER.
    [[nodiscard]] std::string id() const;

private:
    [[nodiscard]] std::array<std::byte, 44> public_der() const;

    std::array<std::byte, 32> public_{};
    std::array<std::byte, 64> secret_{};
};

}  // namespace fleeting::crypto
