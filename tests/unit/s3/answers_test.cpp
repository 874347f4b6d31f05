#include "s3/answers.hpp"
#include "s3/credentials.hpp"

#include <gtest/gtest.h>

namespace fleeting::s3 {
namespace {

TEST(Answers, ListObjectsPageByPage)
{
    auto const page =
        parse_objects("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated>"
                      "<Contents><Key>a&amp;b</Key></Contents><NextContinuationToken>t</NextContinuationToken>"
                      "</ListBucketResult>");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->entries.front().key, "a&b");
    EXPECT_FALSE(page->is_last);
    EXPECT_EQ(page->next_key, "t");
}

TEST(Answers, RefuseAPageThatDoesNotSayWhereItGoesOn)
{
    EXPECT_FALSE(parse_objects("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
    EXPECT_FALSE(parse_objects("<ListBucketResult>"));
    EXPECT_FALSE(parse_objects(""));
}

TEST(Answers, CountDeleteMarkersAmongVersions)
{
    auto const page = parse_versions("<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version>"
                                     "<DeleteMarker><Key>a</Key><VersionId>2</VersionId></DeleteMarker></ListVersionsResult>");
    ASSERT_TRUE(page);
    ASSERT_EQ(page->entries.size(), 2U);
    EXPECT_EQ(page->entries.back().id, "2");
}

TEST(Answers, TakeAFailureForOneWhateverItsStatus)
{
    auto const failure = std::string{"<Error><Code>InternalError</Code><Message>try again</Message></Error>"};
    EXPECT_NE(parse_completed(failure).error().detail.find("InternalError"), std::string::npos);
    EXPECT_FALSE(parse_copied_etag(failure));
    EXPECT_TRUE(parse_completed("<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"));
}

TEST(Answers, TellWhatCouldNotBeDeleted)
{
    auto const left = parse_delete_errors("<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code></Error>"
                                          "<Error><Key>b</Key><Code>NoSuchKey</Code></Error></DeleteResult>");
    EXPECT_EQ(left, std::vector<std::string>{"a"});
}

TEST(Answers, TellWhetherPagesMayUpload)
{
    auto const rule = [](std::string const& rules) {
        return lets_pages_upload("<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><CORSRule>" + rules +
                                 "</CORSRule></CORSConfiguration>");
    };
    auto const put = std::string{"<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"};
    auto const any = std::string{"<AllowedHeader>*</AllowedHeader>"};
    auto const etag = std::string{"<ExposeHeader>etag</ExposeHeader>"};
    EXPECT_TRUE(rule(put + any + etag));
    EXPECT_TRUE(rule(put + "<AllowedHeader>Content-*</AllowedHeader>" + etag));
    EXPECT_TRUE(rule(put + "<AllowedHeader>x</AllowedHeader><AllowedHeader>Content-MD5</AllowedHeader>" + etag));
    EXPECT_FALSE(rule("<AllowedMethod>GET</AllowedMethod>" + any + etag));
    EXPECT_FALSE(rule(put + etag));
    EXPECT_FALSE(rule(put + "<AllowedHeader>content-type</AllowedHeader>" + etag));
    EXPECT_FALSE(rule(put + "<AllowedHeader>content-md5*5</AllowedHeader>" + etag));
    EXPECT_FALSE(rule(put + any));
    EXPECT_FALSE(rule(put + "</CORSRule><CORSRule>" + any + etag)) << "what one rule allows another doesn't";
    EXPECT_FALSE(lets_pages_upload("<html>"));
}

TEST(Answers, ExpandNoEntities)
{
    auto const page = parse_objects("<!DOCTYPE a [<!ENTITY b \"boom\">]><ListBucketResult><Contents><Key>&b;</Key></Contents>"
                                    "</ListBucketResult>");
    EXPECT_TRUE(!page || page->entries.front().key == "&b;");
}

TEST(Credentials, AreReadFromARolesEndpoint)
{
    auto const keys =
        parse_role_credentials(R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2026-11-24T15:00:00Z"})");
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->session_token, "c");
    EXPECT_EQ(keys->expires_at, Instant{Seconds{1'795'532'400}});
    EXPECT_FALSE(parse_role_credentials(R"({"AccessKeyId":"a","SecretAccessKey":"b"})"));
    EXPECT_FALSE(parse_role_credentials("<html>"));
}

}  // namespace
}  // namespace fleeting::s3
