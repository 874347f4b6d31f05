#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fleeting::crypto {

/// Argon2id's cost, one lane. The default is OWASP's first line: about 50 ms of one core.
struct PasswordCost {
    std::uint64_t memory_kib = 47'104;
    std::uint64_t passes = 1;
};

/// A PHC string with a random 16-byte salt. Stops the thread for the whole cost. errors: unavailable (no memory)
Result<std::string> hash_password_blocking(std::string_view password, PasswordCost cost);

/// False also for a malformed hash. Stops the thread for the cost the hash tells.
bool verify_password_blocking(std::string const& hash, std::string_view password);

/// How often this process has spent the cost of Argon2id, checks and new hashes together.
std::uint64_t password_hashes_made();

/// A hash of a random password, the same for a process's life: what an unknown room's password is checked against, so that it
/// takes as long as a known one's. The first call for a cost stops the thread.
std::string const& dummy_hash(PasswordCost cost);

}  // namespace fleeting::crypto
