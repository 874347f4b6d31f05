#pragma once

#include "base/units.hpp"

#include <array>
#include <memory>
#include <openssl/evp.h>

namespace fleeting::crypto {

/// AES-256-GCM (NIST SP 800-38D), a message at a time, each in as many pieces as it comes in. Used by one thread at a time.
class AesGcm {
public:
    static constexpr auto kTag = std::size_t{16};
    using Nonce = std::array<std::byte, 12>;
    enum class Direction : std::uint8_t { seal, open };

    /// key   of 32 bytes
    AesGcm(Direction direction, Bytes key);

    /// Begins a message. Under one key a nonce is for one message, ever.
    /// bound   what isn't in the message but holds its tag
    void begin(Nonce const& nonce, Bytes bound);
    /// The next piece; `out` has room for as many bytes, and may be the same ones.
    void update(Bytes piece, MutableBytes out);
    /// Ends a message that was sealed.
    [[nodiscard]] std::array<std::byte, kTag> tag();
    /// Ends a message that was opened: whether all of it is what was sealed.
    [[nodiscard]] bool matches(Bytes tag);

private:
    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    };
    std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

}  // namespace fleeting::crypto
