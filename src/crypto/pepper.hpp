#pragma once

#include "crypto/hmac.hpp"

#include <string>
#include <string_view>

namespace fleeting::crypto {

/// A secret that is kept apart from the records of passwords: who has only those can't try passwords on them. Erased when it
/// goes.
class Pepper {
public:
    explicit Pepper(Bytes secret);

    /// What is hashed in the password's place: HMAC-SHA-256 (RFC 2104) keyed with the secret, in base64.
    [[nodiscard]] std::string mixed_into(std::string_view password) const;
    /// Tells peppers apart: six bytes in base64.
    [[nodiscard]] std::string const& id() const { return id_; }

private:
    HmacState key_;
    std::string id_;
};

}  // namespace fleeting::crypto
