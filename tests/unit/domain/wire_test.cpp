#include "domain/links.hpp"
#include "domain/sizes.hpp"
#include "domain/upload_metadata.hpp"

#include <gtest/gtest.h>

namespace fleeting {
namespace {

TEST(SignedLink, HasOneSpelling)
{
    auto link = SignedLink{};
    link.file.raw[0] = std::byte{0xAB};
    link.expires_at = Instant{Milliseconds{1'795'469'713'723}};
    link.key_id = 1;
    link.mac[31] = std::byte{7};
    auto const file = link.file.hex();
    auto const mac = std::string(42, 'A') + "c";
    ASSERT_TRUE(parse_link(file, "1795469713723", "1", mac));
    EXPECT_EQ(to_link_path(*parse_link(file, "1795469713723", "1", mac)), to_link_path(link));
    for (auto const* e : {"", "01795469713723", "+1795469713723", "1795469713723 ", "-1", "1e3", "99999999999999999999"})
        EXPECT_FALSE(parse_link(file, e, "1", mac)) << e;
    for (auto const* k : {"", "01", "4294967296", "x"})
        EXPECT_FALSE(parse_link(file, "1795469713723", k, mac)) << k;
    // The last digit carries two bits that mean nothing: only the zero ones are ours.
    for (auto const last : std::string_view{"defghiABCDF_-"})
        EXPECT_EQ(parse_link(file, "1795469713723", "1", std::string(42, 'A') + last).has_value(),
                  (std::string_view{"gA"}.find(last) != std::string_view::npos))
            << last;
    EXPECT_FALSE(parse_link(file, "1795469713723", "1", mac + "="));
    EXPECT_FALSE(parse_link(std::string(32, 'A'), "1795469713723", "1", mac));
}

TEST(SignedLink, ClaimsNeverShareTheirBytes)
{
    auto a = LinkClaim{};
    auto b = a;
    b.binding.raw[0] = std::byte{1};
    auto c = a;
    c.expires_at += Milliseconds{1};
    EXPECT_NE(link_mac_input(a), link_mac_input(b));
    EXPECT_NE(link_mac_input(a), link_mac_input(c));
}

TEST(Size, IsDecimalDigitsUpTo2To53)
{
    EXPECT_EQ(parse_size("0", "f")->value, 0U);
    EXPECT_EQ(parse_size("9007199254740991", "f")->value, 9'007'199'254'740'991U);
    for (auto const* text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "9007199254740992", "18446744073709551616"})
        EXPECT_EQ(parse_size(text, "Upload-Length").error().field, "Upload-Length") << text;
}

TEST(UploadMetadata, IsStrict)
{
    auto const metadata = parse_upload_metadata("filename bm90ZXMucGRm,is_x,filetype YXBwbGljYXRpb24vcGRm");
    ASSERT_TRUE(metadata);
    EXPECT_EQ(metadata->at("filename"), "notes.pdf");
    EXPECT_EQ(metadata->at("is_x"), "");
    EXPECT_TRUE(parse_upload_metadata("")->empty());
    for (auto const* text :
         {"a b", "a Zg", "a Zg=", "a Zh==", "a Zg==,a Zg==", ",", "a Zg==,,b Zg==", "\xc3\xa9 Zg==", "a  Zg=="})
        EXPECT_FALSE(parse_upload_metadata(text)) << text;
    EXPECT_FALSE(parse_upload_metadata("a " + std::string(4096, 'A')));
}

}  // namespace
}  // namespace fleeting
