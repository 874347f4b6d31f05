#include "base/ids.hpp"

namespace fleeting {
namespace {

int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

}  // namespace

std::string to_hex(Bytes bytes)
{
    constexpr auto kDigits = std::string_view{"0123456789abcdef"};
    auto text = std::string{};
    text.reserve(bytes.size() * 2);
    for (auto const b : bytes) {
        text += kDigits[std::to_integer<unsigned>(b) >> 4];
        text += kDigits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

bool parse_hex(std::string_view text, MutableBytes out)
{
    if (text.size() != out.size() * 2)
        return false;
    for (auto i = std::size_t{0}; i < out.size(); ++i) {
        auto const high = digit_of(text[2 * i]);
        auto const low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = static_cast<std::byte>(high * 16 + low);
    }
    return true;
}

}  // namespace fleeting
