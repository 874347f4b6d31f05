#include "crypto/password.hpp"

#include "crypto/random.hpp"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <sodium.h>

namespace fleeting::crypto {
namespace {

auto hashes_made = std::atomic<std::uint64_t>{0};

}  // namespace

Result<std::string> hash_password_blocking(std::string_view password, PasswordCost cost)
{
    hashes_made.fetch_add(1, std::memory_order_relaxed);
    auto hash = std::array<char, crypto_pwhash_STRBYTES>{};
    if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes, cost.memory_kib * 1024,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Errc::unavailable, "no memory for Argon2id");
    return std::string{hash.data()};
}

bool verify_password_blocking(std::string const& hash, std::string_view password)
{
    // Anything else is told to be wrong without work.
    if (hash.starts_with(crypto_pwhash_STRPREFIX))
        hashes_made.fetch_add(1, std::memory_order_relaxed);
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::uint64_t password_hashes_made()
{
    return hashes_made.load(std::memory_order_relaxed);
}

std::string const& dummy_hash(PasswordCost cost)
{
    static auto mutex = std::mutex{};
    static auto hashes = std::map<std::pair<std::uint64_t, std::uint64_t>, std::string>{};
    auto const lock = std::scoped_lock{mutex};
    auto& hash = hashes[{cost.memory_kib, cost.passes}];
    if (hash.empty()) {
        auto password = std::array<std::byte, 16>{};
        fill_random(password);
        auto const made = hash_password_blocking({reinterpret_cast<char const*>(password.data()), password.size()}, cost);
        // Without memory even the right password can't be checked; any malformed hash refuses as well.
        hash = made ? *made : "none";
    }
    return hash;
}

}  // namespace fleeting::crypto
