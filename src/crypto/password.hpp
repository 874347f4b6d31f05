#pragma once

#include "base/result.hpp"
#include "crypto/pepper.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleeting::crypto {

/// Argon2id's cost, one lane. The default is OWASP's first line: about 50 ms of one core.
struct PasswordCost {
    std::uint64_t memory_kib = 47'104;
    std::uint64_t passes = 1;
};

/// A PHC string with a random 16-byte salt. With a pepper what is hashed is the password mixed with it, and the string names it:
/// `$argon2id$v=19$m=47104,t=1,p=1,keyid=ID$SALT$HASH`. Stops the thread for the whole cost. errors: unavailable (no memory)
Result<std::string> hash_password_blocking(std::string_view password, PasswordCost cost,
                                           std::optional<Pepper> const& pepper = {});

/// False also for a malformed hash, and for one that names another pepper or one that there isn't. Stops the thread for the cost
/// the hash tells, whatever pepper it names. One that names none is the password's own.
bool verify_password_blocking(std::string hash, std::string_view password, std::optional<Pepper> const& pepper = {});

/// Another one for each hash, and nothing of its password: tells those who know a password whether it is still the room's.
std::string password_mark(std::string_view hash);

/// How often this process has spent the cost of Argon2id, checks and new hashes together.
std::uint64_t password_hashes_made();

/// A hash of a random password, the same for a process's life: what an unknown room's password is checked against, so that it
/// takes as long as a known one's. The first call for a cost and a pepper stops the thread.
std::string const& dummy_hash(PasswordCost cost, std::optional<Pepper> const& pepper = {});

}  // namespace fleeting::crypto
