#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace fleeting {
namespace {

constexpr auto kStandard = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
constexpr auto kUrl = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

constexpr auto kNoDigit = std::uint8_t{0xFF};

constexpr auto table_of(std::string_view alphabet)
{
    auto table = std::array<std::uint8_t, 256>{};
    table.fill(kNoDigit);
    for (auto i = std::size_t{0}; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}

constexpr auto kStandardDigits = table_of(kStandard);
constexpr auto kUrlDigits = table_of(kUrl);

std::string encode(Bytes bytes, std::string_view alphabet)
{
    auto text = std::string{};
    text.reserve((bytes.size() + 2) / 3 * 4);
    auto bits = 0U;
    auto count = 0;
    for (auto const b : bytes) {
        bits = bits << 8 | std::to_integer<unsigned>(b);
        for (count += 8; count >= 6; count -= 6)
            text += alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        text += alphabet[bits << (6 - count) & 63];
    return text;
}

Result<std::vector<std::byte>> decode(std::string_view text, std::array<std::uint8_t, 256> const& digits)
{
    auto bytes = std::vector<std::byte>{};
    bytes.reserve(text.size() * 3 / 4);
    auto bits = 0U;
    auto count = 0;
    for (auto const c : text) {
        auto const value = digits[static_cast<unsigned char>(c)];
        if (value == kNoDigit)
            return fail(Errc::invalid_request, "not base64");
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::byte>(bits >> count & 0xFF));
        }
    }
    // One encoding a value: no lone digit, and the bits that encode nothing are zero.
    if (count >= 6 || (bits & ((1U << count) - 1)) != 0)
        return fail(Errc::invalid_request, "not canonical base64");
    return bytes;
}

}  // namespace

std::string to_base64url(Bytes bytes)
{
    return encode(bytes, kUrl);
}

std::string to_base64(Bytes bytes)
{
    auto text = encode(bytes, kStandard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<std::vector<std::byte>> parse_base64url(std::string_view text)
{
    return decode(text, kUrlDigits);
}

Result<std::vector<std::byte>> parse_base64(std::string_view text)
{
    auto const end = text.find('=');
    auto const digits = text.substr(0, end);
    auto const padding = end == std::string_view::npos ? std::string_view{} : text.substr(end);
    if (text.size() % 4 != 0 || padding.size() > 2 || padding.find_first_not_of('=') != std::string_view::npos)
        return fail(Errc::invalid_request, "not padded base64");
    return decode(digits, kStandardDigits);
}

}  // namespace fleeting
