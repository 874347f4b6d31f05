// What every BlobStore promises, run once for each backend.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "disk/disk_blobs.hpp"
#include "encrypted/encrypted_blobs.hpp"
#include "s3/s3_blobs.hpp"
#include "sqlite/sqlite_store.hpp"
#include "support/ceph_server.hpp"

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
    BlobKey new_key() { return crypto::random_id<BlobKey>(); }
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

/// The same folder, where nothing lies as it is.
class EncryptedBackend {
public:
    BlobStore& blobs() { return blobs_; }
    BlobKey new_key() { return *run_blocking(blobs_.name_blob(crypto::random_id<BlobKey>(), room_)); }

private:
    static std::unique_ptr<encrypted::KeyFile> open_keys(std::filesystem::path const& folder)
    {
        return *encrypted::KeyFile::open(*disk::open_own_folder(folder, "folder of keys"), true);
    }

    DiskBackend disk_;
    BlockingPool pool_{"disk", 2, 100};
    std::unique_ptr<encrypted::KeyFile> keys_ = open_keys(disk_.folder_ / "secrets");
    encrypted::EncryptedBlobs blobs_{disk_.blobs(), keys_.get(), pool_, true};
    RoomId room_ = crypto::random_id<RoomId>();
};

/// A bucket of its own, and the list of segments in SQLite.
class S3Backend {
public:
    S3Backend()
    {
        std::filesystem::create_directories(folder_);
        metadata_ = *sqlite::SqliteStore::open(folder_ / "test.db");
        auto opened = s3::S3Blobs::open(settings_, *metadata_, *metadata_);
        if (!opened)
            throw std::runtime_error{opened.error().detail};
        blobs_ = *std::move(opened);
    }
    ~S3Backend()
    {
        blobs_->stop();
        metadata_->stop();
        std::filesystem::remove_all(folder_);
    }
    BlobStore& blobs() { return *blobs_; }
    BlobKey new_key() { return crypto::random_id<BlobKey>(); }
    s3::Settings const& settings() const { return settings_; }

private:
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    s3::Settings settings_ = CephServer::shared().make_bucket();
    std::unique_ptr<sqlite::SqliteStore> metadata_;
    std::unique_ptr<s3::S3Blobs> blobs_;
};

template <class Backend>
class BlobStoreContract : public testing::Test {
protected:
    void store(BlobKey key, std::string_view text, std::uint64_t at = 0)
    {
        auto writer = run_blocking(backend_.blobs().open_writer(key));
        ASSERT_TRUE(writer) << writer.error().detail;
        ASSERT_TRUE(run_blocking((*writer)->ready()));
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
    BlobKey new_key() { return backend_.new_key(); }
    BlobKey key_ = backend_.new_key();
};

using Backends = testing::Types<DiskBackend, EncryptedBackend, S3Backend>;
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
        auto const key = this->new_key();
        ASSERT_TRUE(run_blocking(this->backend_.blobs().put(key, std::as_bytes(std::span{text}), sync)));
        EXPECT_EQ(this->load(key), text);
    }
    ASSERT_TRUE(run_blocking(this->backend_.blobs().put(this->key_, {}, true)));
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(this->key_)), ByteCount{0});
}

TYPED_TEST(BlobStoreContract, PutsBlobsTogether)
{
    auto const second = this->new_key();
    auto const whole = this->new_key();
    auto const large = std::string(200'001, 'x');
    this->store(this->key_, large);
    this->store(second, "world");
    auto const made = run_blocking(this->backend_.blobs().concatenate(whole, {{this->key_, {200'000}}, {second, {5}}}, true));
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(this->load(whole), large.substr(1) + "world");
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(whole)), ByteCount{200'005});
    auto const absent = this->new_key();
    EXPECT_EQ(run_blocking(this->backend_.blobs().concatenate(this->new_key(), {{absent, {1}}}, true)).error().code,
              Errc::not_found);
}

TYPED_TEST(BlobStoreContract, PutsManyBlobsTogetherAndErasesTheWhole)
{
    auto parts = std::vector<BlobPart>{};
    auto text = std::string{};
    for (auto i = 0; i < 21; ++i) {
        auto const part = std::string(static_cast<std::size_t>(i % 4) * 1000, static_cast<char>('a' + i));
        parts.push_back({this->new_key(), {part.size()}});
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
    auto const absent = this->new_key();
    EXPECT_EQ(run_blocking(this->backend_.blobs().list()), std::vector{this->key_});
    EXPECT_EQ(run_blocking(this->backend_.blobs().erase({this->key_, absent}))->size(), 2U);
    EXPECT_TRUE(run_blocking(this->backend_.blobs().list())->empty());
    EXPECT_EQ(run_blocking(this->backend_.blobs().open_reader(this->key_)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(this->key_)).error().code, Errc::not_found);
}

TYPED_TEST(BlobStoreContract, SealsABlobThatCameInPieces)
{
    auto text = std::string{};
    for (auto i = 0; i < 5; ++i) {
        auto const piece = std::string(static_cast<std::size_t>(60'000 + i), static_cast<char>('a' + i));
        this->store(this->key_, piece, text.size());
        text += piece;
    }
    for (auto i = 0; i < 2; ++i) {
        auto writer = *run_blocking(this->backend_.blobs().open_writer(this->key_));
        ASSERT_TRUE(run_blocking(writer->seal(true)));
        EXPECT_GE(writer->kept_end(), ByteOffset{text.size()});
    }
    EXPECT_EQ(this->load(this->key_), text);
}

/// A hundred pieces of 256 KiB, each filled with its number.
Task<> write_pieces(BlobWriter& writer)
{
    auto bytes = std::vector<std::byte>(256 << 10);
    for (auto i = 0U; i < 100; ++i) {
        std::ranges::fill(bytes, static_cast<std::byte>(i));
        CO_TRY(co_await writer.ready());
        CO_TRY(writer.write_blocking({i * bytes.size()}, bytes));
    }
    co_return co_await writer.seal(false);
}

TYPED_TEST(BlobStoreContract, TakesManyBytesThroughLittleMemory)
{
    auto writer = *run_blocking(this->backend_.blobs().open_writer(this->key_));
    ASSERT_TRUE(run_blocking(write_pieces(*writer)));
    auto reader = *run_blocking(this->backend_.blobs().open_reader(this->key_));
    auto bytes = std::vector<std::byte>(25 << 20);
    ASSERT_TRUE(run_blocking(reader->read({0}, bytes)));
    for (auto i = std::size_t{0}; i < bytes.size(); ++i)
        ASSERT_EQ(bytes[i], static_cast<std::byte>(i >> 18)) << i;
}

TYPED_TEST(BlobStoreContract, ReadsABlobThatGrows)
{
    this->store(this->key_, "hello ");
    auto reader = *run_blocking(this->backend_.blobs().open_reader(this->key_));
    this->store(this->key_, "world", 6);
    auto read = [&](std::uint64_t at, std::size_t count) {
        auto text = std::string(count, '\0');
        auto const done = run_blocking(reader->read({at}, std::as_writable_bytes(std::span{text})));
        return done ? text : std::string{};
    };
    EXPECT_EQ(read(4, 5), "o wor");
    ASSERT_TRUE(run_blocking((*run_blocking(this->backend_.blobs().open_writer(this->key_)))->seal(true)));
    EXPECT_EQ(read(0, 11), "hello world");
    EXPECT_EQ(read(0, 12), "");
    EXPECT_EQ(run_blocking(this->backend_.blobs().open_reader(this->new_key())).error().code, Errc::not_found);
}

TYPED_TEST(BlobStoreContract, GoesOnWithASealedBlobThatIsCut)
{
    this->store(this->key_, "hello world");
    auto writer = *run_blocking(this->backend_.blobs().open_writer(this->key_));
    ASSERT_TRUE(run_blocking(writer->seal(true)));
    auto again = *run_blocking(this->backend_.blobs().open_writer(this->key_));
    ASSERT_TRUE(run_blocking(again->truncate({6})));
    EXPECT_EQ(run_blocking(this->backend_.blobs().size_of(this->key_)), ByteCount{6});
    ASSERT_TRUE(run_blocking(again->ready()));
    ASSERT_TRUE(again->write_blocking({6}, std::as_bytes(std::span{std::string_view{"there"}})));
    ASSERT_TRUE(run_blocking(again->seal(true)));
    EXPECT_EQ(this->load(this->key_), "hello there");
}

TYPED_TEST(BlobStoreContract, OpensManyReadersAndTellsWhichAreThere)
{
    this->store(this->key_, "x");
    auto const readers = *run_blocking(this->backend_.blobs().open_readers({this->new_key(), this->key_}));
    ASSERT_EQ(readers.size(), 2U);
    EXPECT_EQ(readers[0], nullptr);
    EXPECT_NE(readers[1], nullptr);
}

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

TEST(S3Blobs, LetOneOfTwoNodesGoOn)
{
    auto backend = S3Backend{};
    auto const key = crypto::random_id<BlobKey>();
    auto first = *run_blocking(backend.blobs().open_writer(key));
    auto second = *run_blocking(backend.blobs().open_writer(key));
    ASSERT_TRUE(first->write_blocking({0}, bytes_of("first")));
    ASSERT_TRUE(second->write_blocking({0}, bytes_of("second")));
    ASSERT_TRUE(run_blocking(first->flush()));
    EXPECT_EQ(run_blocking(second->flush()).error().code, Errc::upload_busy);
    EXPECT_EQ(run_blocking(second->seal(true)).error().code, Errc::upload_busy);
    ASSERT_TRUE(run_blocking(first->seal(true)));
    EXPECT_EQ(run_blocking(backend.blobs().size_of(key)), ByteCount{5});
}

TEST(S3Blobs, TellANodeWhoseListIsOldThatAnotherIsAtIt)
{
    auto backend = S3Backend{};
    auto const key = crypto::random_id<BlobKey>();
    auto const one = *run_blocking(backend.blobs().open_writer(key));
    ASSERT_TRUE(one->write_blocking({0}, std::as_bytes(std::span{"hello", 5})));
    ASSERT_TRUE(run_blocking(one->flush()));
    auto const other = *run_blocking(backend.blobs().open_writer(key));
    ASSERT_TRUE(run_blocking(one->seal(true)));
    auto bytes = std::array<std::byte, 5>{};
    EXPECT_EQ(other->read_blocking({0}, bytes).error().code, Errc::upload_busy) << "not_found would say that the upload is gone";
    EXPECT_EQ(run_blocking(other->seal(true)).error().code, Errc::upload_busy);
}

TEST(S3Blobs, EraseASegmentThatADeadNodeNeverListed)
{
    auto backend = S3Backend{};
    auto const key = crypto::random_id<BlobKey>();
    auto client = s3::Client{backend.settings()};
    auto objects = s3::Objects{client};
    auto const names = s3::Names{backend.settings().prefix};
    ASSERT_TRUE(run_blocking(objects.put(names.of(key, 7), bytes_of("x"))));
    ASSERT_TRUE(run_blocking(objects.put(names.prefix() + "none-of-ours", bytes_of("x"))));
    EXPECT_EQ(run_blocking(backend.blobs().list()), std::vector{key});
    EXPECT_EQ(run_blocking(backend.blobs().erase({key})), std::vector{key});
    EXPECT_EQ(run_blocking(objects.list(names.prefix())), std::vector{names.prefix() + "none-of-ours"});
}

TEST(DiskBlobs, RefusesBytesBelowItsFloor)
{
    auto backend = DiskBackend{};
    EXPECT_TRUE(backend.blobs().check_room_for({1}));
    backend.open({.bytes = {kMaxSize}, .percent = 100});
    EXPECT_EQ(backend.blobs().check_room_for({1}).error().code, Errc::storage_full);
    auto const key = crypto::random_id<BlobKey>();
    ASSERT_TRUE(run_blocking(backend.blobs().put(key, std::as_bytes(std::span{std::string_view{"x"}}), true)));
    EXPECT_EQ(run_blocking(backend.blobs().erase({key}))->size(), 1U);
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
