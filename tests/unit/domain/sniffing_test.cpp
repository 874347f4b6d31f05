#include "domain/sniffing.hpp"

#include <gtest/gtest.h>
#include <string>

namespace fleeting {
namespace {

using namespace std::string_literals;

std::string type_of(std::string const& text)
{
    return std::string{sniffed_type(std::as_bytes(std::span{text})).value_or("nothing")};
}

bool is_text(std::string const& text)
{
    return is_plain_text(std::as_bytes(std::span{text}));
}

/// A `ftyp` box with these brands, and a film behind it.
std::string ftyp(std::string const& major, std::string const& others = "")
{
    auto const size = static_cast<char>(16 + others.size());
    return "\0\0\0"s + size + "ftyp" + major + "\0\0\2\0"s + others + "\0\0\0\x08moovmp42"s;
}

TEST(Sniffing, KnowsWhatBrowsersShow)
{
    EXPECT_EQ(type_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s), "image/png");
    EXPECT_EQ(type_of("\xFF\xD8\xFF\xE0\0\x10JFIF"s), "image/jpeg");
    EXPECT_EQ(type_of("GIF89a\1\0\1\0"s), "image/gif");
    EXPECT_EQ(type_of("RIFF\x24\0\0\0WEBPVP8 "s), "image/webp");
    EXPECT_EQ(type_of("RIFF\x24\0\0\0WAVEfmt "s), "audio/wav");
    EXPECT_EQ(type_of("OggS\0\2\0\0"s), "audio/ogg");
    EXPECT_EQ(type_of("fLaC\0\0\0\x22"s), "audio/flac");
    EXPECT_EQ(type_of("ID3\x03\0\0\0\0\0\x0A"s), "audio/mpeg");
    EXPECT_EQ(type_of("\xFF\xFB\x90\x64\0\0"s), "audio/mpeg");
    EXPECT_EQ(type_of("%PDF-1.7\n"), "application/pdf");
    EXPECT_EQ(type_of("\x1A\x45\xDF\xA3\x9F\x42\x86\x81\1\x42\xF7\x81\1\x42\xF2\x81\4\x42\xF3\x81\x08\x42\x82\x84webm"s),
              "video/webm");
    EXPECT_EQ(type_of(ftyp("isom", "isomiso2avc1mp41")), "video/mp4");
    EXPECT_EQ(type_of(ftyp("mp42")), "video/mp4");
    EXPECT_EQ(type_of(ftyp("M4A ", "isommp42")), "audio/mp4");
    EXPECT_EQ(type_of(ftyp("avif", "mif1miaf")), "image/avif");
    EXPECT_EQ(type_of(ftyp("mif1", "avif")), "image/avif");
}

TEST(Sniffing, ShowsNothingElse)
{
    for (auto const& text : {""s, "\x89PNG"s, "RIFF"s, "RIFF\x24\0\0\0AVI LIST"s, "<html><script>"s, "<svg xmlns=''>"s,
                             "<?xml?>"s, "PK\3\4"s, "MZ\x90"s, "BM"s, " %PDF-1.7"s,
                             "\x7F"
                             "ELF"s,
                             "\xFF\xFE<\0h\0"s, "\xFF\xFB\xF0\0"s, "\xFF\xFB\x0C\0"s, "\xFF\xE9\x90\0"s, "\xFF\xFB"s})
        EXPECT_EQ(type_of(text), "nothing") << text;
    EXPECT_EQ(type_of("\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska"s), "nothing");
    EXPECT_EQ(type_of(ftyp("heic", "mif1heic")), "nothing");
    EXPECT_EQ(type_of(ftyp("qt  ")), "nothing") << "what follows the box is no brand of it";
    EXPECT_EQ(type_of("\0\0\0\0ftypqt  \0\0\0\0mp42"s), "nothing");
}

TEST(Sniffing, LooksAtTheBeginningAlone)
{
    EXPECT_EQ(type_of("\x1A\x45\xDF\xA3"s + std::string(kSniffedBytes, ' ') + "\x42\x82\x84webm"), "nothing");
    EXPECT_EQ(type_of("%PDF-" + std::string(5000, '\0')), "application/pdf");
}

TEST(Sniffing, KnowsTextByEveryByteOfIt)
{
    EXPECT_TRUE(is_text(""));
    EXPECT_TRUE(is_text("Zeile\r\n\t\xC3\xA4 \xE2\x82\xAC \xF0\x9F\xA6\xA6\n"));
    EXPECT_TRUE(is_text("\xEF\xBB\xBF<script>alert(1)</script>")) << "as source";
    EXPECT_FALSE(is_text("a\0b"s));
    EXPECT_FALSE(is_text("\x1B[31mred"));
    EXPECT_FALSE(is_text("\x7F"));
    EXPECT_FALSE(is_text("\xC3"));
    EXPECT_FALSE(is_text("\xC0\x80"));
    EXPECT_FALSE(is_text("\xED\xA0\x80"));
    EXPECT_FALSE(is_text("caf\xE9")) << "Latin-1";
    EXPECT_FALSE(is_text("h\0i\0"s)) << "UTF-16";
}

}  // namespace
}  // namespace fleeting
