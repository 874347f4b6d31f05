// What clamd answers, and where it is said to be.

#include "clamav/address.hpp"
#include "clamav/answer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace clamav = fleeting::clamav;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    if (auto const verdict = clamav::parse_answer(text)) {
        auto const is_clean = verdict->kind == fleeting::Verdict::Kind::clean;
        auto const is_printable = std::ranges::all_of(verdict->found, [](char c) { return c >= ' ' && c <= '~'; });
        if (is_clean != (text == "stream: OK") || !is_printable)
            std::abort();
    }
    if (auto const address = clamav::parse_address(text); address && address->socket.empty() == address->host.empty())
        std::abort();
    return 0;
}
