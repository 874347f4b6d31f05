#include "http/multipart.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

using fleeting::http::MultipartFraming;
using State = MultipartFraming::State;

namespace {

/// What the form holds, read in pieces of at most `piece` bytes: every name and byte, and how it ends.
std::string read(std::string_view text, std::size_t piece)
{
    auto framing = MultipartFraming{"XX"};
    auto seen = std::string{};
    while (true) {
        auto const state = framing.advance();
        seen += state == State::part ? "\nP" + framing.head().file_name.value_or("-") + "\n" : "";
        if (state == State::data) {
            seen += framing.data();
            framing.took(framing.data().size());
        }
        if (state == State::done || state == State::malformed)
            return seen + (state == State::done ? "\nD" : "\nM");
        if (state != State::needs_more)
            continue;
        auto const space = framing.space();
        if (space.empty())
            std::abort();  // it would wait for ever
        auto const count = std::min({piece, space.size(), text.size()});
        if (count == 0)
            return seen;
        std::memcpy(space.data(), text.data(), count);
        framing.filled(count);
        text.remove_prefix(count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    if (read(text, 1) != read(text, size + 1))
        std::abort();  // how the network cuts it must not matter
    return 0;
}
