#include "crypto/random.hpp"

#include <cstdlib>
#include <sodium.h>

namespace fleeting::crypto {

void set_up()
{
    if (sodium_init() < 0)
        std::abort();
}

void fill_random(MutableBytes out)
{
    randombytes_buf(out.data(), out.size());
}

std::uint32_t random_below(std::uint32_t bound)
{
    return randombytes_uniform(bound);
}

}  // namespace fleeting::crypto
