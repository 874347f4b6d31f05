#include "redis/rate_script.hpp"

#include "crypto/checksum.hpp"

namespace fleeting::redis {

std::string const& rate_script_sha1()
{
    static auto const sha1 = crypto::sha1_hex(kRateScript);
    return sha1;
}

}  // namespace fleeting::redis
