#include "service/receipts.hpp"

#include "base/base64.hpp"
#include "crypto/sha256.hpp"
#include "domain/names.hpp"

#include <algorithm>

namespace fleeting {

Receipts::Receipts(MetadataStore& store, Tombstones& tombstones, crypto::HmacKey const& seed)
    : store_(store), tombstones_(tombstones), key_(seed), key_id_(key_.id()), public_key_(key_.public_pem())
{
}

Task<Tombstone> Receipts::find(std::string name, std::vector<SessionToken> tokens)
{
    auto const parsed = parse_room_name(name);
    if (!parsed)
        co_return fail(Errc::not_found, "no room's name");
    auto sessions = std::vector<TokenHash>(tokens.size());
    std::ranges::transform(tokens, sessions.begin(), crypto::hash_token);
    auto found = co_await tombstones_.find(parsed->key, sessions);
    if (!found && found.error().code == Errc::not_found) {
        // A room past its deadline that no sweep has come to is still a row.
        auto const standing = co_await store_.find_membership(parsed->key, sessions, Instant{});
        if (standing)
            co_return fail(Errc::not_erased_yet, "rows are left");
        if (standing.error().code != Errc::no_session)
            co_return fail(standing.error());
        found = co_await tombstones_.find(parsed->key, sessions);  // a sweep may have come between both looks
    }
    if (found && !found->bytes_erased_at)
        co_return fail(Errc::not_erased_yet, "bytes are left");
    co_return found;
}

std::string Receipts::sign(std::string_view statement) const
{
    return to_base64(key_.sign(std::as_bytes(std::span{statement})));
}

}  // namespace fleeting
