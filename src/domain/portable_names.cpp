#include "domain/portable_names.hpp"

#include "domain/names.hpp"
#include "domain/unicode.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace fleeting {
namespace {

constexpr auto kSegmentBytes = std::size_t{255};
// A name that is taken is given the number behind its like's last one. Names that are cut to make room for the number may come
// to the same all the same; after so many tries the number is one that nothing in the archive was given.
constexpr auto kTriesOfItsOwn = 8;

/// What gives way to `_`.
constexpr auto kIsRefused = [] {
    auto refused = std::array<bool, 256>{};
    for (auto c = std::size_t{0}; c < 0x20; ++c)
        refused[c] = true;
    for (auto const c : std::string_view{"<>:\"|?*\\\x7F"})
        refused[static_cast<unsigned char>(c)] = true;
    return refused;
}();

bool is_refused(char c)
{
    return kIsRefused[static_cast<unsigned char>(c)];
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string upper(std::string_view text)
{
    auto out = std::string{text};
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return out;
}

/// CON, NUL, COM1 … (also COM¹ and the like): devices to Windows, with any ending.
bool is_device(std::string_view segment)
{
    constexpr auto kNames = std::to_array<std::string_view>({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"});
    constexpr auto kDigits =
        std::to_array<std::string_view>({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "\xC2\xB9", "\xC2\xB2", "\xC2\xB3"});
    // The first letter settles it for most.
    if (segment.size() < 3 || !std::string_view{"CPANLcpanl"}.contains(segment.front()))
        return false;
    auto stem = upper(segment.substr(0, segment.find('.')));
    stem.erase(stem.find_last_not_of(' ') + 1);
    if (std::ranges::find(kNames, stem) != kNames.end())
        return true;
    return (stem.starts_with("COM") || stem.starts_with("LPT")) &&
           std::ranges::find(kDigits, std::string_view{stem}.substr(3)) != kDigits.end();
}

/// Without what would be cut in the middle of a character.
std::string shortened(std::string text)
{
    if (text.size() <= kSegmentBytes)
        return text;
    auto end = kSegmentBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    text.resize(end);
    return text;
}

std::string portable_segment(std::string_view segment)
{
    auto out = std::string{segment};
    for (auto& c : out)
        if (is_refused(c))
            c = '_';
    if (is_device(out))
        out.insert(0, 1, '_');
    out = shortened(std::move(out));
    if (out.empty() || out.back() == '.' || out.back() == ' ')
        out.empty() ? out = "_" : (out.back() = '_', out);
    return out;
}

/// What two names have in common that one folder can't hold where case doesn't count.
std::uint64_t key_of(std::string_view path)
{
    auto folded = upper(path);
    if (!is_ascii(path))
        if (auto const text = unicode::parse_utf8(path))
            if (auto const fold = unicode::to_nfkc_casefold(*text))
                folded = upper(unicode::to_utf8(*fold));
    return std::hash<std::string>{}(folded);
}

}  // namespace

std::string portable_name(std::string_view name)
{
    auto out = std::string{};
    while (true) {
        auto const slash = std::min(name.find('/'), name.size());
        out += portable_segment(name.substr(0, slash));
        if (slash == name.size())
            return out;
        out += '/';
        name.remove_prefix(slash + 1);
    }
}

void PortableNames::add_folders_of(std::string const& portable)
{
    for (auto slash = portable.find('/'); slash != std::string::npos; slash = portable.find('/', slash + 1))
        folders_.insert(key_of(std::string_view{portable}.substr(0, slash)));
}

std::string PortableNames::unique(std::string portable)
{
    auto const key = key_of(portable);
    auto const [taken, is_first] = taken_.try_emplace(key, 2U);
    if (is_first && !folders_.contains(key))
        return portable;
    return numbered(portable, taken->second);
}

std::string PortableNames::numbered(std::string const& portable, unsigned& next)
{
    for (auto tries = 0;; ++tries) {
        if (tries >= kTriesOfItsOwn)
            next = std::max(next, above_all_);
        auto name = numbered_name(portable, next++);
        above_all_ = std::max(above_all_, next);
        auto const key = key_of(name);
        if (!folders_.contains(key) && taken_.try_emplace(key, 2U).second)
            return name;
    }
}

}  // namespace fleeting
