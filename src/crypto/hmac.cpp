#include "crypto/hmac.hpp"

#include "crypto/sha256.hpp"

#include <algorithm>
#include <sodium.h>
#include <vector>

namespace fleeting::crypto {
namespace {

constexpr auto kBlock = std::size_t{64};

/// SHA-256 that has taken in the key's block, each byte crossed with `pad` (RFC 2104, section 2).
RunningSha256 padded(Bytes key, std::byte pad)
{
    auto block = std::array<std::byte, kBlock>{};
    std::ranges::copy(key, block.begin());
    for (auto& byte : block)
        byte ^= pad;
    auto digest = RunningSha256{};
    digest.update(block);
    sodium_memzero(block.data(), block.size());
    return digest;
}

}  // namespace

HmacState::HmacState(Bytes key)
{
    auto const hashed = key.size() > kBlock ? sha256(key) : Sha256{};
    auto const usable = key.size() > kBlock ? hashed.bytes() : key;
    inner_ = padded(usable, std::byte{0x36});
    outer_ = padded(usable, std::byte{0x5C});
}

HmacState::~HmacState()
{
    sodium_memzero(&inner_, sizeof inner_);
    sodium_memzero(&outer_, sizeof outer_);
}

Mac HmacState::mac(Bytes message) const
{
    auto inner = inner_;
    inner.update(message);
    auto outer = outer_;
    outer.update(inner.digest().bytes());
    return outer.digest().raw;
}

HmacKey::~HmacKey()
{
    sodium_memzero(bytes_.data(), bytes_.size());
}

Mac hmac_sha256(HmacKey const& key, Bytes message)
{
    return key.state().mac(message);
}

Mac hmac_sha256(Bytes key, Bytes message)
{
    return HmacState{key}.mac(message);
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
