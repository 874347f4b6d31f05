#pragma once

#include <atomic>
#include <cstdint>

namespace fleeting::http {

/// What a server counts; any thread.
struct Counters {
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
};

}  // namespace fleeting::http
