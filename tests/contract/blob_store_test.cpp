// What every BlobStore promises, run once for each backend.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "disk/disk_blobs.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fleeting {
namespace {

class DiskBackend {
public:
    DiskBackend() { open({}); }
    ~DiskBackend()
    {
        blobs_.reset();
        std::filesystem::remove_all(folder_);
    }
    BlobStore& blobs() { return *blobs_; }
    void open(disk::DiskFloor floor)
    {
        blobs_.reset();
        blobs_ = *disk::DiskBlobs::open(*disk::open_data_folder(folder_), floor, pool_);
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());

private:
    BlockingPool pool_{"disk", 2, 100};
    std::unique_ptr<disk::DiskBlobs> blobs_;
};

template <class Backend>
class BlobStoreContract : public testing::Test {
protected:
    void store(BlobKey key, std::string_view text, std::uint64_t at = 0)
    {
        auto writer = run_blocking(backend_.blobs().open_writer(key));
        ASSERT_TRUE(writer) << writer.error().detail;
        ASSERT_TRUE((*writer)->write_blocking({at}, std::as_bytes(std::span{text})));
        ASSERT_TRUE(run_blocking((*writer)->sync()));
    }
    std::string load(BlobKey key)
    {
        auto const reader = run_blocking(backend_.blobs().open_reader(key));
        auto text = std::string(run_blocking(backend_.blobs().size_of(key))->value, '\0');
        EXPECT_TRUE(run_blocking((*reader)->read({0}, std::as_writable_bytes(std::span{text}))));
        return text;
    }

    Backend backend_;
    BlobKey key_ = crypto::random_id<BlobKey>();
};

using Backends = testing::Types<DiskBackend>;
TYPED_TEST_SUITE(BlobStoreContract, Backends);

TYPED_TEST(BlobStoreContract, KeepsWhatWasWrittenInParts)
{
    this->store(this->key_, "hello ");
    this->store(this->key_, "world", 6);
    EXPECT_EQ(this->load(this->key_), "hello world");
    auto writer = run_blocking(this->backend_.blobs().open_writer(this->key_));
    ASSERT_TRUE(run_blocking((*writer)->truncate({5})));
    ASSERT_TRUE(run_blocking((*writer)->flush()));
    EXPECT_EQ(this->load(this->key_), "hello");
    auto beyond = std::array<std::byte, 6>{};
    EXPECT_FALSE((*writer)->read_blocking({0}, beyond));
}

TYPED_TEST(BlobStoreContract, PutsAWholeBlobAtOnce)
{
    auto const text = std::string(70'000, 'x');
    for (auto const sync : {false, true}) {
        auto const key = crypto::random_id<BlobKey>();
        ASSERT_TRUE(run_blocking(this->backend_.blobs().put(key, std::as_bytes(std::span{text}), sync)));
        EXPECT_EQ(this->load(key), text);
    }
    ASSERT_TRUE(run_blocking(this->backend_.blobs().put(this->key_, {}, true)));
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(this->key_)), ByteCount{0});
}

TYPED_TEST(BlobStoreContract, PutsBlobsTogether)
{
    auto const second = crypto::random_id<BlobKey>();
    auto const whole = crypto::random_id<BlobKey>();
    auto const large = std::string(200'001, 'x');
    this->store(this->key_, large);
    this->store(second, "world");
    auto const made = run_blocking(this->backend_.blobs().concatenate(whole, {{this->key_, {200'000}}, {second, {5}}}, true));
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(this->load(whole), large.substr(1) + "world");
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(whole)), ByteCount{200'005});
    auto const absent = crypto::random_id<BlobKey>();
    EXPECT_EQ(run_blocking(this->backend_.blobs().concatenate(crypto::random_id<BlobKey>(), {{absent, {1}}}, true)).error().code,
              Errc::not_found);
}

TYPED_TEST(BlobStoreContract, PutsManyBlobsTogetherAndErasesTheWhole)
{
    auto parts = std::vector<BlobPart>{};
    auto text = std::string{};
    for (auto i = 0; i < 21; ++i) {
        auto const part = std::string(static_cast<std::size_t>(i % 4) * 1000, static_cast<char>('a' + i));
        parts.push_back({crypto::random_id<BlobKey>(), {part.size()}});
        this->store(parts.back().key, part);
        text += part;
    }
    ASSERT_TRUE(run_blocking(this->backend_.blobs().concatenate(this->key_, parts, true)));
    for (auto const& part : parts)
        ASSERT_TRUE(run_blocking(this->backend_.blobs().erase({part.key})));
    EXPECT_EQ(run_blocking(this->backend_.blobs().list()), std::vector{this->key_});
    EXPECT_EQ(this->load(this->key_), text);
    auto const reader = *run_blocking(this->backend_.blobs().open_reader(this->key_));
    auto middle = std::string(7'000, '\0');
    ASSERT_TRUE(reader->read_blocking({5'500}, std::as_writable_bytes(std::span{middle})));
    EXPECT_EQ(middle, text.substr(5'500, 7'000));
    auto beyond = std::array<std::byte, 2>{};
    EXPECT_FALSE(reader->read_blocking({text.size() - 1}, beyond));
    ASSERT_TRUE(run_blocking(this->backend_.blobs().erase({this->key_})));
    EXPECT_TRUE(run_blocking(this->backend_.blobs().list())->empty());
}

TYPED_TEST(BlobStoreContract, ErasesOnceAndForAll)
{
    this->store(this->key_, "x");
    auto const absent = crypto::random_id<BlobKey>();
    EXPECT_EQ(run_blocking(this->backend_.blobs().list()), std::vector{this->key_});
    EXPECT_EQ(run_blocking(this->backend_.blobs().erase({this->key_, absent}))->size(), 2U);
    EXPECT_TRUE(run_blocking(this->backend_.blobs().list())->empty());
    EXPECT_EQ(run_blocking(this->backend_.blobs().open_reader(this->key_)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(this->key_)).error().code, Errc::not_found);
}

TYPED_TEST(BlobStoreContract, RefusesBytesBelowItsFloor)
{
    EXPECT_TRUE(this->backend_.blobs().check_room_for({1}));
    this->backend_.open({.bytes = {kMaxSize}, .percent = 100});
    EXPECT_EQ(this->backend_.blobs().check_room_for({1}).error().code, Errc::storage_full);
    this->store(this->key_, "x");
    EXPECT_EQ(run_blocking(this->backend_.blobs().erase({this->key_}))->size(), 1U);
}

TEST(DiskBlobs, RefusesAFolderThatIsNotItsOwnAlone)
{
    auto backend = DiskBackend{};
    EXPECT_NE(disk::open_data_folder(backend.folder_).error().detail.find("another process"), std::string::npos);
    auto const open_to_all = backend.folder_.string() + "-open";
    ::mkdir(open_to_all.c_str(), 0700);
    ::chmod(open_to_all.c_str(), 0777);
    EXPECT_NE(disk::open_data_folder(open_to_all).error().detail.find("chmod 700"), std::string::npos);
    std::filesystem::remove_all(open_to_all);
}

TEST(DiskBlobs, FollowsNoSymlinks)
{
    auto backend = DiskBackend{};
    auto const key = crypto::random_id<BlobKey>();
    auto const secret = backend.folder_ / "secret";
    std::ofstream{secret} << "secret";
    std::filesystem::create_directories(backend.folder_ / "blobs" / key.hex().substr(30));
    std::filesystem::create_symlink(secret, backend.folder_ / "blobs" / key.hex().substr(30) / key.hex());
    EXPECT_FALSE(run_blocking(backend.blobs().open_reader(key)));
    EXPECT_FALSE(run_blocking(backend.blobs().open_writer(key)));
}

}  // namespace
}  // namespace fleeting
