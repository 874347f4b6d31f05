#include "s3/signer.hpp"
#include "support/vectors.hpp"

#include <gtest/gtest.h>

namespace fleeting::s3 {
namespace {

// The keys, the day and the place of all of AWS's published examples.
auto const kWho = Credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}, {}};
auto const kScope = Scope{"us-east-1"};
auto const kDay = Instant{Seconds{1'369'353'600}};

Pairs pairs_of(boost::json::value const& list)
{
    auto pairs = Pairs{};
    for (auto const& pair : list.as_array())
        pairs.emplace_back(test::text_of(pair.at(0)), test::text_of(pair.at(1)));
    return pairs;
}

std::string signed_as_in(boost::json::object const& vector)
{
    auto request = Signable{test::text_of(vector.at("method")),
                            test::text_of(vector.at("path")),
                            pairs_of(vector.at("query")),
                            pairs_of(vector.at("headers")),
                            {}};
    if (auto const* const lifetime = vector.if_contains("presigned_for_seconds"))
        return presigned_query(request, kScope, kWho, kDay, Seconds{lifetime->as_int64()});
    request.payload_hash = test::text_of(vector.at("payload_hash"));
    return authorization_of(request, kScope, kWho, kDay);
}

TEST(Signer, SignsAsAwsDoes)
{
    for (auto const& vector : test::read_vectors("s3/sigv4.json")) {
        auto const made = signed_as_in(vector.as_object());
        EXPECT_TRUE(made.ends_with("Signature=" + test::text_of(vector.at("signature")))) << vector.at("name") << ": " << made;
    }
}

TEST(Signer, EncodesAllButWhatIsUnreserved)
{
    EXPECT_EQ(uri_encode("a b/+~ü"), "a%20b%2F%2B~%C3%BC");
    EXPECT_EQ(uri_encode("a b/c", true), "a%20b/c");
    EXPECT_EQ(to_query({{"b", ""}, {"a", "1&2"}}), "a=1%262&b=");
}

TEST(Signer, NamesTheSessionOfARole)
{
    auto who = kWho;
    who.session_token = "token+/=";
    auto const request = Signable{"GET", "/test.txt", {}, {{"host", "examplebucket.s3.amazonaws.com"}}, {}};
    EXPECT_NE(presigned_query(request, kScope, who, kDay, Seconds{10}).find("X-Amz-Security-Token=token%2B%2F%3D"),
              std::string::npos);
}

}  // namespace
}  // namespace fleeting::s3
