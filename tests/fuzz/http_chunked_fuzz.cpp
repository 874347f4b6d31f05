#include "http/chunked.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using fleeting::http::ChunkedFraming;

namespace {

struct Outcome {
    std::uint64_t data = 0;
    bool done = false;
};

/// Reads the body in pieces of at most `piece` bytes.
Outcome read(std::string_view input, std::size_t piece)
{
    auto framing = ChunkedFraming{};
    auto outcome = Outcome{};
    while (!input.empty() && !outcome.done) {
        auto used = std::size_t{0};
        auto const state = framing.data_left() > 0 ? ChunkedFraming::State::data : framing.advance(input.substr(0, piece), used);
        input.remove_prefix(used);
        if (state == ChunkedFraming::State::malformed)
            break;
        outcome.done = state == ChunkedFraming::State::done;
        if (state != ChunkedFraming::State::data)
            continue;
        auto const count = std::min<std::uint64_t>({framing.data_left(), input.size(), piece});
        framing.took(count);
        input.remove_prefix(count);
        outcome.data += count;
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto const whole = read(text, size + 1);
    auto const split = read(text, 1);
    if (whole.data != split.data || whole.done != split.done)
        std::abort();  // how the network cuts it must not matter
    return 0;
}
