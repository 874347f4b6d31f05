#include "crypto/aes_gcm.hpp"

#include "base/ids.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace fleeting::crypto {
namespace {

std::vector<std::byte> from_hex(std::string_view text)
{
    auto bytes = std::vector<std::byte>(text.size() / 2);
    EXPECT_TRUE(parse_hex(text, bytes));
    return bytes;
}

// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", which NIST's validation suite took over.
auto const kKey = std::string_view{"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"};
auto const kPlain =
    std::string_view{"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                     "b16aedf5aa0de657ba637b39"};
auto const kBound = std::string_view{"feedfacedeadbeeffeedfacedeadbeefabaddad2"};
auto const kSealed =
    std::string_view{"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                     "c5f61e6393ba7a0abcc9f662"};
auto const kTagText = std::string_view{"76fc6ece0f4e1768cddf8853bb2d551b"};

AesGcm::Nonce nonce()
{
    auto nonce = AesGcm::Nonce{};
    EXPECT_TRUE(parse_hex("cafebabefacedbaddecaf888", nonce));
    return nonce;
}

TEST(AesGcm, SealsAsThePublishedVectorInPiecesOfEverySize)
{
    auto const plain = from_hex(kPlain);
    auto gcm = AesGcm{AesGcm::Direction::seal, from_hex(kKey)};
    for (auto size = std::size_t{1}; size <= plain.size(); ++size) {
        auto sealed = std::vector<std::byte>(plain.size());
        gcm.begin(nonce(), from_hex(kBound));
        for (auto at = std::size_t{0}; at < plain.size(); at += size) {
            auto const piece = Bytes{plain}.subspan(at, std::min(size, plain.size() - at));
            gcm.update(piece, MutableBytes{sealed}.subspan(at, piece.size()));
        }
        EXPECT_EQ(to_hex(sealed), kSealed) << size;
        EXPECT_EQ(to_hex(gcm.tag()), kTagText) << size;
    }
}

TEST(AesGcm, OpensWhatWasSealedAndNothingElse)
{
    auto gcm = AesGcm{AesGcm::Direction::open, from_hex(kKey)};
    auto const opens = [&](std::vector<std::byte> sealed, std::vector<std::byte> const& bound,
                           std::vector<std::byte> const& tag) {
        gcm.begin(nonce(), bound);
        gcm.update(sealed, sealed);
        return gcm.matches(tag) && to_hex(sealed) == kPlain;
    };
    EXPECT_TRUE(opens(from_hex(kSealed), from_hex(kBound), from_hex(kTagText)));
    auto altered = from_hex(kSealed);
    altered.back() ^= std::byte{1};
    EXPECT_FALSE(opens(altered, from_hex(kBound), from_hex(kTagText)));
    EXPECT_FALSE(opens(from_hex(kSealed), {}, from_hex(kTagText)));
    EXPECT_FALSE(opens(from_hex(kSealed), from_hex(kBound), {}));
    EXPECT_TRUE(opens(from_hex(kSealed), from_hex(kBound), from_hex(kTagText))) << "a failure doesn't spoil the next";
}

}  // namespace
}  // namespace fleeting::crypto
