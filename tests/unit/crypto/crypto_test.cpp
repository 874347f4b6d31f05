#include "crypto/checksum.hpp"
#include "crypto/hmac.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "crypto/running_crc32.hpp"
#include "crypto/running_sha256.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace fleeting::crypto {
namespace {

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

TEST(Sha256, AgreesWithFips180)
{
    EXPECT_EQ(sha256(bytes_of("")).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256(bytes_of("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hmac, AgreesWithRfc4231)
{
    auto key = std::array<std::byte, 32>{};  // test case 2's "Jefe", padded: HMAC pads with zeros too
    std::ranges::copy(bytes_of("Jefe"), key.begin());
    EXPECT_EQ(to_hex(hmac_sha256(HmacKey{key}, bytes_of("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, TakesKeysOfEveryLength)
{
    auto const long_key = std::vector<std::byte>(131, std::byte{0xAA});  // test case 6: longer than a block
    EXPECT_EQ(to_hex(hmac_sha256(long_key, bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, GivesEachPurposeAKeyOfItsOwn)
{
    auto const master = HmacKey{{}};
    EXPECT_FALSE(equal_in_constant_time(derive_key(master, "a").bytes(), derive_key(master, "b").bytes()));
    EXPECT_TRUE(equal_in_constant_time(derive_key(master, "a").bytes(), derive_key(master, "a").bytes()));
}

TEST(RunningSha256, GoesOnFromAnyOffset)
{
    auto const text = std::string(200, 'x') + "end";
    for (auto cut = std::size_t{0}; cut <= text.size(); ++cut) {
        auto first = RunningSha256{};
        first.update(bytes_of(text).first(cut));
        auto second = RunningSha256::restore(first.save());
        ASSERT_TRUE(second);
        EXPECT_EQ(second->offset(), ByteOffset{cut});
        second->update(bytes_of(text).subspan(cut));
        EXPECT_EQ(second->digest(), sha256(bytes_of(text)));
    }
}

TEST(RunningSha256, RefusesWhatItDidNotSave)
{
    auto running = RunningSha256{};
    running.update(bytes_of("abc"));
    auto const saved = running.save();
    EXPECT_FALSE(RunningSha256::restore(Bytes{saved}.first(saved.size() - 1)));
    auto longer = saved;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(RunningSha256::restore(longer));
    EXPECT_FALSE(RunningSha256::restore({}));
}

TEST(RunningCrc32, IsTheOneOfZip)
{
    auto whole = RunningCrc32{};
    whole.update(bytes_of("123456789"));
    EXPECT_EQ(whole.value(), 0xCBF43926U);
    auto first = RunningCrc32{};
    first.update(bytes_of("1234"));
    auto second = RunningCrc32{};
    second.update(bytes_of("56789"));
    EXPECT_EQ(joined_crc32(first.value(), second.value(), ByteCount{5}), whole.value());
}

TEST(RunningCrc32, IsPutTogetherFromAnyNumberOfPieces)
{
    auto const bytes = std::vector(100'000, std::byte{7});
    auto whole = RunningCrc32{};
    auto joined = std::uint32_t{0};
    for (auto const size : {std::size_t{0}, std::size_t{1}, bytes.size(), std::size_t{4'099}}) {
        auto const piece = Bytes{bytes}.first(size);
        auto alone = RunningCrc32{};
        alone.update(piece);
        whole.update(piece);
        joined = joined_crc32(joined, alone.value(), ByteCount{size});
        EXPECT_EQ(joined, whole.value()) << size;
    }
    // Of five and of six gibibytes of zeros, as gzip has them in its trailer.
    auto zeros = std::uint32_t{0};
    auto gibibyte = RunningCrc32{};
    for (auto i = 0; i < 1'024; ++i)
        gibibyte.update(std::vector(1 << 20, std::byte{}));
    for (auto i = 0; i < 5; ++i)
        zeros = joined_crc32(zeros, gibibyte.value(), ByteCount{1ULL << 30});
    EXPECT_EQ(joined_crc32(gibibyte.value(), zeros, ByteCount{5ULL << 30}),
              joined_crc32(zeros, gibibyte.value(), ByteCount{1ULL << 30}));
}

TEST(Checksum, HoldsBytesToWhatWasStated)
{
    struct Row {
        char const* name;
        char const* hex;  // of "abc": FIPS 180 and the ZIP CRC
    };
    for (auto const& [name, hex] :
         {Row{"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
          Row{"sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}, Row{"crc32", "352441c2"}}) {
        auto const kind = checksum_kind_of(name);
        ASSERT_TRUE(kind);
        auto value = std::vector<std::byte>(size_of(*kind));
        ASSERT_TRUE(parse_hex(hex, value)) << name;
        auto right = Checksum{{*kind, value}};
        right.update(bytes_of("a"));
        right.update(bytes_of("bc"));
        EXPECT_TRUE(right.matches()) << name;
        auto wrong = Checksum{{*kind, value}};
        wrong.update(bytes_of("abd"));
        EXPECT_FALSE(wrong.matches()) << name;
    }
    EXPECT_FALSE(checksum_kind_of("md5"));
}

TEST(Password, OpensWithItselfOnly)
{
    set_up();
    auto const cost = PasswordCost{8192, 1};
    auto const hash = hash_password_blocking("correct horse", cost);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
    EXPECT_TRUE(verify_password_blocking(*hash, "correct horse"));
    EXPECT_FALSE(verify_password_blocking(*hash, "correct horsf"));
    EXPECT_FALSE(verify_password_blocking("nonsense", "correct horse"));
    EXPECT_EQ(&dummy_hash(cost), &dummy_hash(cost));
}

std::optional<Pepper> pepper_of(std::string_view secret)
{
    return Pepper{bytes_of(secret)};
}

/// A record as one who stole it would try passwords on it, by Argon2id alone.
std::string without_key_id(std::string record)
{
    auto const begin = record.find(",keyid=");
    return begin == std::string::npos ? record : record.erase(begin, record.find('$', begin) - begin);
}

TEST(Pepper, IsAnHmacKeyAndHasAnIdOfItsOwn)
{
    // RFC 4231, test cases 2 and 6: a short key, and one that is longer than a block.
    EXPECT_EQ(pepper_of("Jefe")->mixed_into("what do ya want for nothing?"), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    EXPECT_EQ(pepper_of(std::string(131, '\xAA'))->mixed_into("Test Using Larger Than Block-Size Key - Hash Key First"),
              "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
    EXPECT_EQ(pepper_of("Jefe")->id(), pepper_of("Jefe")->id());
    EXPECT_NE(pepper_of("Jefe")->id(), pepper_of("Jefa")->id());
}

TEST(Password, WithAPepperOpensWithThatPepperOnly)
{
    set_up();
    auto const cost = PasswordCost{8192, 1};
    auto const ours = pepper_of("ours");
    auto const hash = hash_password_blocking("correct horse", cost, ours);
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=8192,t=1,p=1,keyid=" + ours->id() + "$")) << *hash;
    EXPECT_TRUE(verify_password_blocking(*hash, "correct horse", ours));
    EXPECT_FALSE(verify_password_blocking(*hash, "correct horsf", ours));
    EXPECT_FALSE(verify_password_blocking(*hash, "correct horse", pepper_of("theirs")));
    EXPECT_FALSE(verify_password_blocking(*hash, "correct horse"));
    EXPECT_FALSE(verify_password_blocking(*hash, ours->mixed_into("correct horse"))) << "it names a pepper that isn't there";

    EXPECT_FALSE(verify_password_blocking(without_key_id(*hash), "correct horse")) << "Argon2id alone finds the password";
    EXPECT_TRUE(verify_password_blocking(without_key_id(*hash), ours->mixed_into("correct horse"))) << "what was hashed";
}

TEST(Password, OfBeforeThereWasAPepperOpensAsEver)
{
    set_up();
    auto const hash = hash_password_blocking("correct horse", {8192, 1});
    EXPECT_TRUE(verify_password_blocking(*hash, "correct horse", pepper_of("ours")));
    EXPECT_FALSE(verify_password_blocking(*hash, "correct horsf", pepper_of("ours")));
}

TEST(Password, CostsTheSameWhateverPepperTheRecordNames)
{
    set_up();
    auto const cost = PasswordCost{8192, 1};
    auto const ours = pepper_of("ours");
    auto const record = *hash_password_blocking("correct horse", cost, ours);
    auto const hashes_for = [&](std::string const& hash, std::optional<Pepper> const& pepper) {
        auto const before = password_hashes_made();
        verify_password_blocking(hash, "correct horse", pepper);
        return password_hashes_made() - before;
    };
    for (auto const& pepper : {ours, pepper_of("theirs"), std::optional<Pepper>{}})
        EXPECT_EQ(hashes_for(record, pepper), 1U);
    auto const& dummy = dummy_hash(cost, ours);
    EXPECT_EQ(hashes_for(dummy, ours), 1U);
    EXPECT_EQ(dummy.substr(0, dummy.find('$', 30)), record.substr(0, record.find('$', 30))) << "cost and pepper are a room's";
    EXPECT_EQ(&dummy, &dummy_hash(cost, ours));
    EXPECT_NE(&dummy, &dummy_hash(cost));
}

TEST(Password, ThatIsNoRecordIsWrongWhereverItNamesAPepper)
{
    set_up();
    for (auto const* const record :
         {",keyid=", "$argon2id$,keyid=a", "$argon2id$v=19$m=8192,t=1,p=1,keyid=$a$b", ",keyid=a$,keyid=b$"})
        EXPECT_FALSE(verify_password_blocking(record, "correct horse", pepper_of("ours"))) << record;
}

}  // namespace
}  // namespace fleeting::crypto
