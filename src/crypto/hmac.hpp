#pragma once

#include "base/units.hpp"

#include <array>
#include <string_view>

namespace fleeting::crypto {

using Mac = std::array<std::byte, 32>;

/// A 256-bit secret, erased when it goes.
class HmacKey {
public:
    explicit HmacKey(std::array<std::byte, 32> bytes) : bytes_(bytes) {}
    HmacKey(HmacKey const&) = default;
    HmacKey& operator=(HmacKey const&) = default;
    ~HmacKey();
    [[nodiscard]] Bytes bytes() const { return bytes_; }

private:
    std::array<std::byte, 32> bytes_;
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
