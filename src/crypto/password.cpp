#include "crypto/password.hpp"

#include "crypto/random.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <sodium.h>
#include <span>
#include <tuple>

namespace fleeting::crypto {
namespace {

auto hashes_made = std::atomic<std::uint64_t>{0};

// The PHC string format's own name for which key there is; libsodium neither writes nor reads it.
constexpr auto kKeyId = std::string_view{",keyid="};

void name_pepper(std::string& hash, Pepper const& pepper)
{
    auto const end_of_parameters = hash.find('$', hash.find(",p="));
    hash.insert(end_of_parameters, std::string{kKeyId} + pepper.id());
}

/// Takes the pepper's id out of a hash; nothing where it names none.
std::optional<std::string> take_pepper_id(std::string& hash)
{
    auto const begin = hash.find(kKeyId);
    if (begin == std::string::npos)
        return std::nullopt;
    auto const end = std::min(hash.find('$', begin), hash.size());
    auto id = hash.substr(begin + kKeyId.size(), end - begin - kKeyId.size());
    hash.erase(begin, end - begin);
    return id;
}

}  // namespace

Result<std::string> hash_password_blocking(std::string_view password, PasswordCost cost, std::optional<Pepper> const& pepper)
{
    hashes_made.fetch_add(1, std::memory_order_relaxed);
    auto const hashed = pepper ? pepper->mixed_into(password) : std::string{password};
    auto made = std::array<char, crypto_pwhash_STRBYTES>{};
    if (crypto_pwhash_str_alg(made.data(), hashed.data(), hashed.size(), cost.passes, cost.memory_kib * 1024,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Errc::unavailable, "no memory for Argon2id");
    auto hash = std::string{made.data()};
    if (pepper)
        name_pepper(hash, *pepper);
    return hash;
}

bool verify_password_blocking(std::string hash, std::string_view password, std::optional<Pepper> const& pepper)
{
    auto const named = take_pepper_id(hash);
    auto const is_ours = !named || (pepper && *named == pepper->id());
    auto const hashed = named && pepper ? pepper->mixed_into(password) : std::string{password};
    // Anything else is told to be wrong without work.
    if (hash.starts_with(crypto_pwhash_STRPREFIX))
        hashes_made.fetch_add(1, std::memory_order_relaxed);
    auto const is_right = crypto_pwhash_str_verify(hash.c_str(), hashed.data(), hashed.size()) == 0;
    return is_right && is_ours;
}

std::string password_mark(std::string_view hash)
{
    constexpr auto kDigits = std::size_t{16};
    return sha256(std::as_bytes(std::span{hash})).hex().substr(0, kDigits);
}

std::uint64_t password_hashes_made()
{
    return hashes_made.load(std::memory_order_relaxed);
}

std::string const& dummy_hash(PasswordCost cost, std::optional<Pepper> const& pepper)
{
    static auto mutex = std::mutex{};
    static auto hashes = std::map<std::tuple<std::uint64_t, std::uint64_t, std::string>, std::string>{};
    auto const lock = std::scoped_lock{mutex};
    auto& hash = hashes[{cost.memory_kib, cost.passes, pepper ? pepper->id() : ""}];
    if (hash.empty()) {
        auto password = std::array<std::byte, 16>{};
        fill_random(password);
        auto const made = hash_password_blocking({reinterpret_cast<char const*>(password.data()), password.size()}, cost, pepper);
        // Without memory even the right password can't be checked; any malformed hash refuses as well. The next call tries anew.
        static auto const none = std::string{"none"};
        if (!made)
            return none;
        hash = *made;
    }
    return hash;
}

}  // namespace fleeting::crypto
