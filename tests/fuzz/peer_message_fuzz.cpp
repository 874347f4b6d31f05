#include "redis/peer_message.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const input = std::as_bytes(std::span{bytes, size});
    auto const message = fleeting::redis::parse_peer_message(input);
    if (message && !std::ranges::equal(fleeting::redis::to_bytes(*message), input))
        std::abort();  // one spelling a message
    return 0;
}
