#include "crypto/sealed.hpp"

#include "crypto/random.hpp"

#include <gtest/gtest.h>
#include <string_view>

namespace fleeting::crypto {
namespace {

HmacKey key_of(std::byte first)
{
    auto bytes = std::array<std::byte, 32>{};
    bytes[0] = first;
    return HmacKey{bytes};
}

TEST(Sealed, OpensByItsKeyAlone)
{
    auto const text = std::string_view{"for members only"};
    auto const plain = std::as_bytes(std::span{text});
    auto const sealed = seal(key_of(std::byte{1}), plain);
    EXPECT_NE(sealed, seal(key_of(std::byte{1}), plain)) << "two of the same look alike";
    auto const opened = unseal(key_of(std::byte{1}), sealed);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(*opened, plain));
    EXPECT_FALSE(unseal(key_of(std::byte{2}), sealed));
}

TEST(Sealed, IsRefusedWhereABitHasChanged)
{
    auto const key = key_of(std::byte{1});
    auto sealed = seal(key, {});
    for (auto bit = std::size_t{0}; bit < sealed.size() * 8; ++bit) {
        sealed[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(unseal(key, sealed)) << bit;
        sealed[bit / 8] ^= std::byte{1} << (bit % 8);
    }
    for (auto size = std::size_t{0}; size < sealed.size(); ++size)
        EXPECT_FALSE(unseal(key, Bytes{sealed}.first(size)));
}

}  // namespace
}  // namespace fleeting::crypto
