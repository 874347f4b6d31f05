#include "encrypted/key_file.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

namespace fleeting::encrypted {
namespace {

class KeyFileTest : public testing::Test {
protected:
    KeyFileTest()
    {
        std::filesystem::create_directories(folder_);
        open();
    }
    ~KeyFileTest() override
    {
        keys_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open()
    {
        keys_.reset();
        keys_ = *KeyFile::open(disk::Descriptor{::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, true);
    }
    std::string file()
    {
        auto in = std::ifstream{folder_ / "keys", std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    BlobKey blob_of(RoomId room) { return encrypted_name(crypto::random_id<BlobKey>(), *run_blocking(keys_->number_for(room))); }
    static std::string text_of(crypto::HmacKey const& key)
    {
        return {reinterpret_cast<char const*>(key.bytes().data()), key.bytes().size()};
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    std::unique_ptr<KeyFile> keys_;
    RoomId room_ = crypto::random_id<RoomId>();
};

TEST_F(KeyFileTest, GivesARoomOneKeyForAsLongAsItLives)
{
    auto const number = *run_blocking(keys_->number_for(room_));
    auto const secret = text_of(*keys_->find(number));
    EXPECT_EQ(*run_blocking(keys_->number_for(room_)), number);
    EXPECT_NE(*run_blocking(keys_->number_for(crypto::random_id<RoomId>())), number);
    open();
    EXPECT_EQ(*run_blocking(keys_->number_for(room_)), number);
    EXPECT_EQ(text_of(*keys_->find(number)), secret);
    EXPECT_EQ(keys_->rooms().size(), 2U);
}

TEST_F(KeyFileTest, WritesOverWhatItErases)
{
    auto const other = crypto::random_id<RoomId>();
    auto const blob = blob_of(room_);
    auto const kept = text_of(*keys_->find(key_number_of(blob_of(other))));
    auto const secret = text_of(*keys_->find(key_number_of(blob)));
    ASSERT_TRUE(run_blocking(keys_->begin_stretch(blob, {5})));
    ASSERT_TRUE(run_blocking(keys_->keep_parts(blob_of(room_), {{blob, {7}, true}})));
    auto const told = std::string{reinterpret_cast<char const*>(blob.raw.data()), blob.raw.size()};
    ASSERT_NE(file().find(secret), std::string::npos);
    ASSERT_NE(file().find(told), std::string::npos);
    auto const size = file().size();
    ASSERT_TRUE(run_blocking(keys_->erase({room_, crypto::random_id<RoomId>()})));
    EXPECT_EQ(file().find(secret), std::string::npos);
    EXPECT_EQ(file().find(told), std::string::npos);
    EXPECT_NE(file().find(kept), std::string::npos);
    EXPECT_FALSE(keys_->has_key(room_));
    EXPECT_FALSE(keys_->find(key_number_of(blob)));
    EXPECT_EQ(run_blocking(keys_->begin_stretch(blob, {9})).error().code, Errc::not_found);
    open();
    EXPECT_EQ(keys_->rooms(), std::vector{other});
    for (auto i = 0; i < 3; ++i)
        static_cast<void>(blob_of(crypto::random_id<RoomId>()));
    EXPECT_EQ(file().size(), size) << "places are used again";
}

TEST_F(KeyFileTest, CountsStretchesUpAndForgetsThoseBehindTheNewest)
{
    auto const blob = blob_of(room_);
    auto const begins = [&] {
        auto all = std::vector<std::pair<std::uint64_t, std::uint32_t>>{};
        for (auto const& one : keys_->stretches_of(blob))
            all.emplace_back(one.begin.value, one.number);
        return all;
    };
    using Begins = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
    for (auto const at : {10U, 20U, 30U})
        ASSERT_TRUE(run_blocking(keys_->begin_stretch(blob, {at})));
    EXPECT_EQ(begins(), (Begins{{10, 1}, {20, 2}, {30, 3}}));
    EXPECT_EQ(*run_blocking(keys_->begin_stretch(blob, {15})), 4U);
    EXPECT_EQ(begins(), (Begins{{10, 1}, {15, 4}}));
    auto const size = file().size();
    for (auto i = 0; i < 100; ++i)
        ASSERT_TRUE(run_blocking(keys_->begin_stretch(blob, {15})));
    EXPECT_EQ(file().size(), size) << "many cuts at one place take no more of it";
    open();
    EXPECT_EQ(begins(), (Begins{{10, 1}, {15, 104}}));
    EXPECT_EQ(*run_blocking(keys_->begin_stretch(blob, {})), 105U);
    EXPECT_EQ(begins(), (Begins{{0, 105}}));
}

TEST_F(KeyFileTest, GivesOneKeyToManyWhoAskAtOnce)
{
    auto numbers = std::vector<std::uint32_t>(8);
    auto threads = std::vector<std::thread>{};
    for (auto& number : numbers)
        threads.emplace_back([&] { number = *run_blocking(keys_->number_for(room_)); });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(std::ranges::count(numbers, numbers.front()), 8);
    EXPECT_EQ(keys_->rooms().size(), 1U);
}

TEST_F(KeyFileTest, RefusesAFileThatIsNoKeyFile)
{
    keys_.reset();
    std::ofstream{folder_ / "keys"} << std::string(1000, 'x');
    auto const folder = disk::Descriptor{::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    EXPECT_NE(KeyFile::open(folder, true).error().detail.find("no key file"), std::string::npos);
}

}  // namespace
}  // namespace fleeting::encrypted
