#pragma once

#include "base/units.hpp"
#include "crypto/running_sha256.hpp"

#include <array>
#include <string_view>

namespace fleeting::crypto {

using Mac = std::array<std::byte, 32>;

/// HMAC-SHA-256 (RFC 2104) that has taken its key in, erased when it goes. Kept, since keying costs more than a short message's
/// MAC: OpenSSL's own takes three times as long where it is keyed anew each time.
class HmacState {
public:
    explicit HmacState(Bytes key);
    HmacState(HmacState const&) = default;
    HmacState& operator=(HmacState const&) = default;
    ~HmacState();
    [[nodiscard]] Mac mac(Bytes message) const;

private:
    RunningSha256 inner_;
    RunningSha256 outer_;
};

/// A 256-bit secret, erased when it goes.
class HmacKey {
public:
    explicit HmacKey(std::array<std::byte, 32> bytes) : bytes_(bytes), state_(bytes_) {}
    HmacKey(HmacKey const&) = default;
    HmacKey& operator=(HmacKey const&) = default;
    ~HmacKey();
    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] HmacState const& state() const { return state_; }

private:
    std::array<std::byte, 32> bytes_;
    HmacState state_;
};

/// HMAC-SHA-256 (RFC 2104).
Mac hmac_sha256(HmacKey const& key, Bytes message);
/// As above, for protocols whose keys have another length.
Mac hmac_sha256(Bytes key, Bytes message);

/// A key of its own for each purpose: HKDF-SHA-256 (RFC 5869) without salt, `purpose` as info.
HmacKey derive_key(HmacKey const& master, std::string_view purpose);

/// Takes the same time wherever they differ; lengths may be told apart.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace fleeting::crypto
