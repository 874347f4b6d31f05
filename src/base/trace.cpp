#include "base/trace.hpp"

#include "base/ids.hpp"

#include <random>

namespace fleeting {

std::string fresh_trace_id()
{
    thread_local auto numbers = std::mt19937_64{std::random_device{}()};
    auto const number = numbers();
    return to_hex(std::as_bytes(std::span{&number, 1}));
}

}  // namespace fleeting
