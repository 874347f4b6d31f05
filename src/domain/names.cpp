#include "domain/names.hpp"

#include "domain/unicode.hpp"

#include <algorithm>
#include <array>
#include <unicode/uchar.h>

namespace fleeting {
namespace {

constexpr auto kRoomNameChars = 64;
constexpr auto kNicknameChars = 40;
constexpr auto kSegmentBytes = std::size_t{255};
constexpr auto kFileNameBytes = std::size_t{1024};
// Behind the longest folder there is room for a number and an ending: numbered_name never has to touch the folder.
constexpr auto kFolderBytes = kFileNameBytes - 64;
constexpr auto kPasswordMin = std::size_t{8};
constexpr auto kPasswordMax = std::size_t{1024};
// Far above what any rule lets through, so that hostile input costs no normalisation of megabytes.
constexpr auto kInputBytes = std::size_t{4096};

/// First segments of paths the server needs itself, and words that a visitor would take for a part of the site.
constexpr auto kReserved = std::to_array<std::string_view>({
    ".well-known",
    "about",
    "admin",
    "api",
    "apple-touch-icon.png",
    "archive.zip",
    "assets",
    "d",
    "docs",
    "favicon.ico",
    "favicon.svg",
    "healthz",
    "help",
    "index.html",
    "legal",
    "login",
    "manifest.webmanifest",
    "metrics",
    "new",
    "privacy",
    "readyz",
    "robots.txt",
    "room",
    "rooms",
    "security.txt",
    "static",
    "sw.js",
    "terms",
});

bool is_room_char(char32_t c)
{
    if (c == U'-' || c == U'_' || c == U'.')
        return true;
    constexpr auto kAllowed = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK;
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kAllowed) != 0 &&
           !u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

template <class Test>
bool all_of(icu::UnicodeString const& text, Test test)
{
    for (auto i = 0; i < text.length(); i = text.moveIndex32(i, 1))
        if (!test(static_cast<char32_t>(text.char32At(i))))
            return false;
    return true;
}

bool is_mark(UChar32 c)
{
    return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

Result<icu::UnicodeString> parse_nfc(std::string_view text)
{
    if (text.size() > kInputBytes)
        return fail(Errc::invalid_name, "too long");
    TRY(auto const utf16, unicode::parse_utf8(text));
    return unicode::to_nfc(utf16);
}

Result<RoomName> room_name_of(std::string_view text)
{
    TRY(auto const display, parse_nfc(text));
    TRY(auto const key, unicode::to_nfkc_casefold(display));
    auto const count = key.countChar32();
    if (count < 1 || count > kRoomNameChars || is_mark(key.char32At(0)))
        return fail(Errc::invalid_name, "length");
    if (!all_of(key, is_room_char) || !all_of(display, is_room_char))
        return fail(Errc::invalid_name, "characters");
    auto name = RoomName{unicode::to_utf8(key), unicode::to_utf8(display)};
    if (name.key.find_first_not_of('.') == std::string::npos || std::ranges::find(kReserved, name.key) != kReserved.end())
        return fail(Errc::invalid_name, "reserved");
    return name;
}

bool is_segment(std::string_view segment)
{
    return !segment.empty() && segment != "." && segment != ".." && segment.size() <= kSegmentBytes;
}

Result<std::string> file_name_of(std::string_view text)
{
    TRY(auto const nfc, parse_nfc(text));
    if (!all_of(nfc, [](char32_t c) { return !unicode::is_control(c); }))
        return fail(Errc::invalid_name, "control character");
    auto name = unicode::to_utf8(nfc);
    if (name.empty() || name.size() > kFileNameBytes)
        return fail(Errc::invalid_name, "length");
    if (auto const slash = name.rfind('/'); slash != std::string::npos && slash > kFolderBytes)
        return fail(Errc::invalid_name, "length of the folder");
    for (auto begin = std::size_t{0}; begin <= name.size();) {
        auto const end = std::min(name.find('/', begin), name.size());
        if (!is_segment(std::string_view{name}.substr(begin, end - begin)))
            return fail(Errc::invalid_name, "segment");
        begin = end + 1;
    }
    return name;
}

Result<std::string> nickname_of(std::string_view text)
{
    TRY(auto nfc, parse_nfc(text));
    nfc.trim();
    if (nfc.countChar32() < 1 || nfc.countChar32() > kNicknameChars ||
        !all_of(nfc, [](char32_t c) { return !unicode::is_control(c); }))
        return fail(Errc::invalid_name, "nickname");
    return unicode::to_utf8(nfc);
}

template <class T>
Result<T> naming(std::string field, Errc code, Result<T> result)
{
    if (result || result.error().code == Errc::unavailable)
        return result;
    return fail_field(code, std::move(field), std::move(result.error().detail));
}

/// Drops whole characters from the end until at most `most` bytes are left.
std::string_view shortened(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return text.substr(0, most);
}

}  // namespace

Result<RoomName> parse_room_name(std::string_view text)
{
    return naming("name", Errc::invalid_name, room_name_of(text));
}

Result<std::string> parse_file_name(std::string_view text)
{
    return naming("filename", Errc::invalid_name, file_name_of(text));
}

std::string numbered_name(std::string_view name, unsigned n)
{
    auto const slash = name.rfind('/');
    auto const begin = slash == std::string_view::npos ? 0 : slash + 1;
    auto const folder = name.substr(0, begin);
    auto const file = name.substr(begin);
    // "a.tar.gz" keeps both endings; a dot in front (".profile") begins a name, not an ending.
    auto dot = file.rfind('.');
    if (auto const tar = file.rfind(".tar."); tar != std::string_view::npos && tar > 0)
        dot = tar;
    auto const ending =
        dot == std::string_view::npos || dot == 0 || file.size() - dot > 32 ? std::string_view{} : file.substr(dot);
    auto const number = " (" + std::to_string(n) + ")";
    auto const rest = number.size() + ending.size();
    auto const room = std::min(kSegmentBytes - rest, kFileNameBytes - folder.size() - rest);
    auto const stem = shortened(file.substr(0, file.size() - ending.size()), room);
    return std::string{folder} + std::string{stem} + number + std::string{ending};
}

Result<std::string> parse_nickname(std::string_view text)
{
    return naming("nickname", Errc::invalid_name, nickname_of(text));
}

Result<std::string> parse_password(std::string_view text)
{
    auto const nfc = parse_nfc(text);
    if (!nfc)
        return naming("password", Errc::invalid_password, Result<std::string>{fail(nfc.error())});
    auto password = unicode::to_utf8(*nfc);
    if (password.size() < kPasswordMin || password.size() > kPasswordMax || password.find('\0') != std::string::npos)
        return fail_field(Errc::invalid_password, "password", "length or NUL");
    return password;
}

std::string to_media_type(std::string_view text)
{
    constexpr auto kUnknown = "application/octet-stream";
    constexpr auto kToken = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-"};
    auto const slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() || text.size() > 127)
        return kUnknown;
    auto const is_token = [&](std::string_view part) { return part.find_first_not_of(kToken) == std::string_view::npos; };
    return is_token(text.substr(0, slash)) && is_token(text.substr(slash + 1)) ? std::string{text} : kUnknown;
}

}  // namespace fleeting
