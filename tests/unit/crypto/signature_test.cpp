#include "crypto/signature.hpp"

#include "base/ids.hpp"

#include <gtest/gtest.h>

namespace fleeting::crypto {
namespace {

// RFC 8032, section 7.1, test 2.
SigningKey key_of_the_rfc()
{
    auto seed = std::array<std::byte, 32>{};
    EXPECT_TRUE(parse_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed));
    return SigningKey{HmacKey{seed}};
}

TEST(SigningKey, SignsAsRfc8032Does)
{
    auto const message = std::to_array({std::byte{0x72}});
    EXPECT_EQ(to_hex(key_of_the_rfc().sign(message)), "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                                      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SigningKey, TellsItsPublicHalfInPem)
{
    // The head of RFC 8410 and 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c.
    EXPECT_EQ(key_of_the_rfc().public_pem(), "-----BEGIN PUBLIC KEY-----\n"
                                             "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                                             "-----END PUBLIC KEY-----\n");
    EXPECT_EQ(key_of_the_rfc().id().size(), 16U);
}

}  // namespace
}  // namespace fleeting::crypto
