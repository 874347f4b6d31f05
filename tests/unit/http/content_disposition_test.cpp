#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

namespace fleeting::http {
namespace {

TEST(ContentDisposition, NamesWhatIsShownToo)
{
    EXPECT_EQ(http::content_disposition("pictures/\xC3\xA4.png", "inline"),
              "inline; filename=\"__.png\"; filename*=UTF-8''%C3%A4.png");
}

TEST(ContentDisposition, NamesAFile)
{
    EXPECT_EQ(file_name_of("attachment; filename=plain.txt"), "plain.txt");
    EXPECT_EQ(file_name_of("attachment; filename=\"with space.txt\""), "with space.txt");
    EXPECT_EQ(file_name_of("attachment; filename=\"a \\\"quote\\\".txt\""), "a \"quote\".txt");
    EXPECT_EQ(file_name_of("form-data; name=x; filename=a"), "a");
    EXPECT_EQ(file_name_of("ATTACHMENT; FileName=a"), "a");
    EXPECT_EQ(file_name_of("attachment; filename=a; filename*=UTF-8''%CE%B1.pdf"), "α.pdf");
    EXPECT_EQ(file_name_of("attachment; filename*=utf-8'de'%CE%B1.pdf; filename=a"), "α.pdf");
}

TEST(ContentDisposition, NamesAFileOfAFormAsBrowsersWriteIt)
{
    auto const name_of = [](std::string_view value) {
        return file_name_of("form-data; name=x; filename=" + std::string{value}, Escapes::percent);
    };
    EXPECT_EQ(name_of("\"C:\\x\\\""), "C:\\x\\");
    EXPECT_EQ(name_of("\"a%22b%0D%0A%2522%41\""), "a\"b\r\n%2522%41");
    EXPECT_EQ(name_of("\"a\\\"b\""), std::nullopt);
}

TEST(ContentDisposition, NamesNothingWhereItIsNotWellFormed)
{
    for (auto const* field : {"", "attachment", "attachment; filename", "attachment; filename=", "attachment; filename=\"a",
                              "attachment; filename=a b", "attachment; filename*=UTF-8''%C", "attachment; filename*=UTF-8''%ZZ",
                              "filename=a", "; filename=a"})
        EXPECT_EQ(file_name_of(field), std::nullopt) << field;
}

TEST(ContentDisposition, ReadsBackWhatItBuilds)
{
    for (auto const* name : {"a.txt", "α β.pdf", "100 %.txt", "quote \" and \\.txt", "семь.zip"})
        EXPECT_EQ(file_name_of(content_disposition(name)), name);
}

}  // namespace
}  // namespace fleeting::http
