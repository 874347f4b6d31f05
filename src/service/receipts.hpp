#pragma once

#include "crypto/signature.hpp"
#include "ports/metadata_store.hpp"
#include "service/tombstones.hpp"

#include <string>
#include <vector>

namespace fleeting {

/// Tells members of a room that has ended what was erased when, and signs it (ADR 17). Thread-safe.
class Receipts {
public:
    /// seed   of the key that all nodes sign with
    Receipts(MetadataStore& store, Tombstones& tombstones, crypto::HmacKey const& seed);

    /// The tombstone of the room `name` that one of `tokens` was in when it ended, everything erased.
    /// errors    not_erased_yet (that room lives, or something of it is left), not_found (any other, and after a day)
    Task<Tombstone> find(std::string name, std::vector<SessionToken> tokens);

    /// Ed25519 over exactly these bytes, in base64.
    [[nodiscard]] std::string sign(std::string_view statement) const;
    [[nodiscard]] std::string const& key_id() const { return key_id_; }
    [[nodiscard]] std::string const& public_key() const { return public_key_; }

private:
    MetadataStore& store_;
    Tombstones& tombstones_;
    crypto::SigningKey key_;
    std::string key_id_;
    std::string public_key_;
};

}  // namespace fleeting
