#include "domain/sniffing.hpp"

#include "domain/unicode.hpp"

#include <algorithm>
#include <array>

namespace fleeting {
namespace {

using namespace std::string_view_literals;

struct Magic {
    std::string_view bytes;
    std::string_view type;
    std::string_view form = {};  ///< at byte 8, of a RIFF file
};

constexpr auto kMagics = std::to_array<Magic>({
    {"\x89PNG\r\n\x1a\n"sv, "image/png"},
    {"\xFF\xD8\xFF"sv, "image/jpeg"},
    {"GIF87a"sv, "image/gif"},
    {"GIF89a"sv, "image/gif"},
    {"RIFF"sv, "image/webp", "WEBP"},
    {"RIFF"sv, "audio/wav", "WAVE"},
    {"OggS\0"sv, "audio/ogg"},
    {"fLaC\0\0\0\x22"sv, "audio/flac"},
    {"ID3\x02"sv, "audio/mpeg"},
    {"ID3\x03"sv, "audio/mpeg"},
    {"ID3\x04"sv, "audio/mpeg"},
    {"%PDF-"sv, "application/pdf"},
});

unsigned byte_at(std::string_view text, std::size_t at)
{
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// ISO 14496-12 and 23000-22: what a file's brands say it is, the major one first.
std::optional<std::string_view> type_of_brand(std::string_view brand)
{
    if (brand == "avif" || brand == "avis")
        return "image/avif";
    if (brand == "M4A " || brand == "M4B ")
        return "audio/mp4";
    if (brand.starts_with("mp4") || brand.starts_with("iso") || brand == "avc1" || brand == "M4V ")
        return "video/mp4";
    return std::nullopt;
}

std::optional<std::string_view> iso_media_type(std::string_view text)
{
    if (text.substr(std::min(text.size(), std::size_t{4}), 4) != "ftyp")
        return std::nullopt;
    auto const box = byte_at(text, 0) << 24 | byte_at(text, 1) << 16 | byte_at(text, 2) << 8 | byte_at(text, 3);
    auto const end = std::min<std::size_t>(box, text.size());
    for (auto at = std::size_t{8}; at + 4 <= end; at += at == 8 ? 8 : 4)  // a version stands behind the major brand
        if (auto const type = type_of_brand(text.substr(at, 4)))
            return type;
    return std::nullopt;
}

/// EBML whose DocType is `webm`; other Matroska isn't for browsers.
bool is_webm(std::string_view text)
{
    if (!text.starts_with("\x1A\x45\xDF\xA3"))
        return false;
    auto const doc_type = text.find("\x42\x82\x84webm");
    return doc_type != std::string_view::npos && doc_type < 60;
}

/// The header of an MPEG-1 or -2 Layer III frame, its reserved values left out.
bool is_mp3_frame(std::string_view text)
{
    auto const [version, layer] = std::pair{byte_at(text, 1) >> 3 & 3, byte_at(text, 1) >> 1 & 3};
    auto const [bit_rate, sample_rate] = std::pair{byte_at(text, 2) >> 4, byte_at(text, 2) >> 2 & 3};
    return text.size() >= 4 && byte_at(text, 0) == 0xFF && byte_at(text, 1) >= 0xE0 && version != 1 && layer == 1 &&
           bit_rate != 0 && bit_rate != 15 && sample_rate != 3;
}

}  // namespace

std::optional<std::string_view> sniffed_type(Bytes beginning)
{
    auto const seen = beginning.first(std::min(beginning.size(), kSniffedBytes));
    auto const text = std::string_view{reinterpret_cast<char const*>(seen.data()), seen.size()};
    for (auto const& magic : kMagics)
        if (text.starts_with(magic.bytes) && (magic.form.empty() || text.substr(0, 12).ends_with(magic.form)))
            return magic.type;
    if (auto const type = iso_media_type(text))
        return type;
    if (is_webm(text))
        return "video/webm";
    return is_mp3_frame(text) ? std::optional{"audio/mpeg"sv} : std::nullopt;
}

bool is_plain_text(Bytes text)
{
    auto const bytes = std::string_view{reinterpret_cast<char const*>(text.data()), text.size()};
    // Every byte of what isn't ASCII is above these.
    auto const is_control = [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < 0x20 ? c != '\t' && c != '\n' && c != '\r' : byte == 0x7F;
    };
    return std::ranges::none_of(bytes, is_control) && unicode::parse_utf8(bytes).has_value();
}

}  // namespace fleeting
