#include "app/pepper_file.hpp"

#include "crypto/random.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fleeting::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A folder of its own with one file.
class PepperFile : public testing::Test {
protected:
    PepperFile() { std::filesystem::create_directories(folder_); }
    ~PepperFile() override { std::filesystem::remove_all(folder_); }
    PepperFile(PepperFile const&) = delete;
    PepperFile& operator=(PepperFile const&) = delete;

    void write(std::string const& text, mode_t mode = 0600)
    {
        std::ofstream{path_, std::ios::trunc} << text;
        ::chmod(path_.c_str(), mode);
    }
    Result<std::optional<crypto::Pepper>> read(std::string const& name)
    {
        auto settings = Settings{};
        settings.password_pepper_file = name;
        return pepper_of(settings);
    }
    std::string refusal(std::string const& name)
    {
        auto const pepper = read(name);
        return pepper ? "accepted" : pepper.error().detail;
    }
    std::string refusal() { return refusal(path_); }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / crypto::random_id<FixedBytes<struct PepperFolderTag, 16>>().hex();
    std::filesystem::path path_ = folder_ / "pepper";
    std::string const good_ = std::string(31, '!') + "~";
};

TEST_F(PepperFile, IsNothingWhereNoneIsSet)
{
    auto const pepper = read("");
    ASSERT_TRUE(pepper);
    EXPECT_FALSE(*pepper);
}

TEST_F(PepperFile, HoldsOneLineThatALineEndIsNoPartOf)
{
    auto ids = std::vector<std::string>{};
    for (auto const* const end : {"", "\n", "\r\n"}) {
        write(good_ + end);
        auto const pepper = read(path_);
        ASSERT_TRUE(pepper) << pepper.error().detail;
        ids.push_back((*pepper)->id());
    }
    EXPECT_THAT(ids, testing::Each(crypto::Pepper{std::as_bytes(std::span{good_})}.id()));
    write(std::string(1024, 'a') + "\r\n", 0400);
    EXPECT_EQ(refusal(), "accepted");
}

TEST_F(PepperFile, IsRefusedByNameWithWhatToDo)
{
    auto const names_it = AllOf(HasSubstr("FLEETING_PASSWORD_PEPPER_FILE"), HasSubstr(path_.string()));
    EXPECT_THAT(refusal(), AllOf(names_it, HasSubstr("No such file")));
    EXPECT_THAT(refusal(folder_), AllOf(HasSubstr("FLEETING_PASSWORD_PEPPER_FILE"), HasSubstr("isn't a plain file")));
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(refusal(folder_ / "pipe"), HasSubstr("isn't a plain file"));
    for (auto const mode : {0604U, 0602U, 0640U, 0620U}) {
        write(good_, mode);
        EXPECT_THAT(refusal(), AllOf(names_it, HasSubstr("chmod 600"))) << mode;
    }
}

TEST_F(PepperFile, IsRefusedWhereItHoldsNoPepperAndNeverShown)
{
    for (auto const& text :
         {std::string{}, std::string{"\n"}, good_.substr(1), good_.substr(1) + "\n", std::string(1025, 'a'),
          std::string(5000, 'a'), good_ + "\n\n", good_ + "\n" + good_, "two words " + good_, good_ + '\0', good_ + "\xC3\xA4"}) {
        write(text);
        EXPECT_THAT(refusal(), AllOf(HasSubstr("FLEETING_PASSWORD_PEPPER_FILE"), HasSubstr("32 to 1024"),
                                     HasSubstr("head -c 32 /dev/urandom | base64"), Not(HasSubstr("!!!"))))
            << text;
    }
}

TEST(PepperFileMode, IsTheServersAndRootsAlone)
{
    constexpr auto kUs = uid_t{1000};
    for (auto const mode : {0600U, 0400U}) {
        EXPECT_FALSE(is_open_to_others(S_IFREG | mode, kUs, kUs));
        EXPECT_FALSE(is_open_to_others(S_IFREG | mode, 0, 0));
    }
    for (auto const mode : {0640U, 0620U, 0604U, 0602U, 0601U, 0777U}) {
        EXPECT_TRUE(is_open_to_others(S_IFREG | mode, kUs, kUs)) << mode;
        EXPECT_TRUE(is_open_to_others(S_IFREG | mode, 0, 0)) << mode;
    }
    // As systemd's LoadCredential and a Secret of Kubernetes hand it over.
    EXPECT_FALSE(is_open_to_others(S_IFREG | 0440U, 0, kUs));
    EXPECT_TRUE(is_open_to_others(S_IFREG | 0460U, 0, kUs));
    EXPECT_TRUE(is_open_to_others(S_IFREG | 0444U, 0, kUs));
}

}  // namespace
}  // namespace fleeting::app
