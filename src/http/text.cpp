#include "http/text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace fleeting::http {
namespace {

constexpr auto table_of(std::string_view extra)
{
    auto table = std::array<bool, 256>{};
    for (auto c = 0; c < 256; ++c)
        table[static_cast<std::size_t>(c)] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    for (auto const c : extra)
        table[static_cast<unsigned char>(c)] = true;
    return table;
}

constexpr auto kTokenChars = table_of("!#$%&'*+-.^_`|~");
constexpr auto kUnreserved = table_of("-._~");

int hex_of(char c)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Length of the well-formed UTF-8 sequence at the front, 0 where there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text)
{
    auto const at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto const in = [](unsigned c, unsigned low, unsigned high) { return c >= low && c <= high; };
    auto const follows = [&](std::size_t from, std::size_t to) {
        for (; from < to; ++from)
            if (!in(at(from), 0x80, 0xBF))
                return false;
        return true;
    };
    auto const first = at(0);
    if (first < 0x80)
        return 1;
    if (in(first, 0xC2, 0xDF))
        return follows(1, 2) ? 2 : 0;
    if (in(first, 0xE0, 0xEF))
        return in(at(1), first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2, 3) ? 3 : 0;
    if (in(first, 0xF0, 0xF4))
        return in(at(1), first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2, 4) ? 4 : 0;
    return 0;
}

}  // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return kTokenChars[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text)
{
    auto is_bad = false;  // without an early end the compiler looks at 32 bytes at a time
    for (auto const c : text)
        is_bad |= (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    return !is_bad;
}

std::string_view trimmed(std::string_view text)
{
    auto const begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start)
{
    return equal_ignoring_case(text.substr(0, start.size()), start);
}

bool take_element(std::string_view& list, std::string_view& element, char separator)
{
    if (list.empty())
        return false;
    auto const end = std::min(list.find(separator), list.size());
    element = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return true;
}

bool has_list_token(std::string_view list, std::string_view token)
{
    auto element = std::string_view{};
    while (take_element(list, element))
        if (equal_ignoring_case(element, token))
            return true;
    return false;
}

static bool is_ascii(std::string_view text)
{
    auto all = char{0};
    for (auto const c : text)
        all |= c;
    return static_cast<unsigned char>(all) < 0x80;
}

bool is_utf8(std::string_view text)
{
    if (is_ascii(text))
        return true;
    while (!text.empty()) {
        auto const length = sequence_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::optional<std::string> percent_decoded(std::string_view text)
{
    if (text.find('%') == std::string_view::npos)
        return is_utf8(text) ? std::optional{std::string{text}} : std::nullopt;
    auto out = std::string{};
    out.reserve(text.size());
    for (auto i = std::size_t{0}; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        auto const high = i + 2 < text.size() ? hex_of(text[i + 1]) : -1;
        auto const low = i + 2 < text.size() ? hex_of(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return is_utf8(out) ? std::optional{std::move(out)} : std::nullopt;
}

std::string percent_encoded(std::string_view text, std::string_view keep)
{
    constexpr auto kDigits = std::string_view{"0123456789ABCDEF"};
    auto out = std::string{};
    out.reserve(text.size());
    for (auto const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (kUnreserved[byte] || keep.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        out += '%';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace fleeting::http
