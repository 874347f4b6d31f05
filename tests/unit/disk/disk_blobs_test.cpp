// The folder of blobs over a disk that fails when told to: this executable's fsync(2), fdatasync(2) and copy_file_range(2) stand
// in front of the kernel's.

#include "disk/disk_blobs.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "disk/pieces.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

struct Disk {
    std::atomic<int> file_failures{0};    ///< so many syncs of files fail; then, as Linux tells of a lost page once, all is well
    std::atomic<int> folder_failures{0};  ///< as above
    std::atomic<int> folder_syncs{0};
    std::atomic<int> copy_error{0};  ///< what every copy_file_range(2) fails with
    std::atomic<std::size_t> longest_copy{0};
} disk_state;

int fails(std::atomic<int>& left)
{
    if (left <= 0)
        return 0;
    --left;
    errno = EIO;
    return -1;
}

}  // namespace

extern "C" int fdatasync(int file)
{
    return fails(disk_state.file_failures) != 0 ? -1 : static_cast<int>(::syscall(SYS_fdatasync, file));
}

extern "C" int fsync(int file)
{
    ++disk_state.folder_syncs;
    return fails(disk_state.folder_failures) != 0 ? -1 : static_cast<int>(::syscall(SYS_fsync, file));
}

extern "C" ssize_t copy_file_range(int from, off64_t* source, int to, off64_t* target, std::size_t size, unsigned flags)
{
    if (disk_state.copy_error != 0) {
        errno = disk_state.copy_error;
        return -1;
    }
    disk_state.longest_copy = std::max(disk_state.longest_copy.load(), size);
    return ::syscall(SYS_copy_file_range, from, source, to, target, size, flags);
}

namespace fleeting::disk {
namespace {

class DiskBlobsTest : public testing::Test {
protected:
    DiskBlobsTest()
    {
        disk_state.file_failures = disk_state.folder_failures = disk_state.copy_error = 0;
        disk_state.longest_copy = 0;
        open();
        disk_state.folder_syncs = 0;
    }
    ~DiskBlobsTest() override
    {
        blobs_.reset();
        std::filesystem::remove_all(folder_);
    }

    void open()
    {
        blobs_.reset();
        blobs_ = *DiskBlobs::open(*open_data_folder(folder_), {}, pool_);
    }
    std::unique_ptr<BlobWriter> writer(BlobKey key) { return *run_blocking(blobs_->open_writer(key)); }
    std::shared_ptr<BlobReader const> reader(BlobKey key) { return *run_blocking(blobs_->open_reader(key)); }
    /// `parts` behind so many empty ones that the last two come into one piece.
    std::vector<BlobPart> crowded(std::vector<BlobPart> parts)
    {
        while (parts.size() < kMostPieces + 2) {
            parts.insert(parts.begin(), {crypto::random_id<BlobKey>(), {0}});
            store(parts.front().key, "");
        }
        return parts;
    }
    void store(BlobKey key, std::string_view text)
    {
        EXPECT_TRUE(run_blocking(blobs_->put(key, std::as_bytes(std::span{text}), false)));
    }
    std::string load(BlobKey key)
    {
        auto text = std::string(run_blocking(blobs_->size_of(key))->value, '\0');
        EXPECT_TRUE(reader(key)->read_blocking({0}, std::as_writable_bytes(std::span{text})));
        return text;
    }
    /// How often folders are synced while `work` runs.
    template <class Work>
    int folder_syncs_of(Work work)
    {
        auto const before = disk_state.folder_syncs.load();
        work();
        return disk_state.folder_syncs - before;
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    BlockingPool pool_{"disk", 2, 100};
    std::unique_ptr<DiskBlobs> blobs_;
    BlobKey key_ = crypto::random_id<BlobKey>();
    Bytes word_ = std::as_bytes(std::span{"word", 4});
};

TEST_F(DiskBlobsTest, EraseWhatTheyCanBesideWhatTheyCant)
{
    auto const good = crypto::random_id<BlobKey>();
    auto bad = good;
    bad.raw.back() ^= std::byte{1};  // of another folder
    store(good, "there");
    std::ofstream{folder_ / "blobs" / to_hex(Bytes{bad.raw}.last(1))} << "no folder";
    EXPECT_EQ(run_blocking(blobs_->erase({bad, good})), std::vector{good});
    EXPECT_EQ(run_blocking(blobs_->list()), std::vector<BlobKey>{});
}

TEST_F(DiskBlobsTest, NeverSyncsAWriterAgainThatFailedOnce)
{
    auto const writer = this->writer(key_);
    ASSERT_TRUE(writer->write_blocking({0}, word_));
    disk_state.file_failures = 1;
    EXPECT_EQ(run_blocking(writer->sync()).error().code, Errc::unavailable);
    EXPECT_EQ(run_blocking(writer->sync()).error().code, Errc::unavailable);
    EXPECT_EQ(writer->write_blocking({4}, word_).error().code, Errc::unavailable);
    EXPECT_TRUE(run_blocking(this->writer(crypto::random_id<BlobKey>())->sync())) << "others aren't touched";
}

TEST_F(DiskBlobsTest, TellsEverySyncAtOneTimeOfTheFailure)
{
    auto const writer = this->writer(key_);
    disk_state.file_failures = 1;
    auto failed = std::atomic<int>{0};
    auto threads = std::vector<std::thread>{};
    for (auto i = 0; i < 4; ++i)
        threads.emplace_back([&] { failed += run_blocking(writer->sync()) ? 0 : 1; });
    for (auto& thread : threads)
        thread.join();
    // Those before the failure may have succeeded, none after it.
    EXPECT_GE(failed, 1);
    EXPECT_FALSE(run_blocking(writer->sync()));
}

TEST_F(DiskBlobsTest, FailsForEverWhereItsFolderFailed)
{
    auto const writer = this->writer(key_);
    disk_state.folder_failures = 1;
    EXPECT_EQ(run_blocking(writer->sync()).error().code, Errc::unavailable);
    auto neighbour = key_;
    neighbour.raw.front() ^= std::byte{1};
    EXPECT_EQ(run_blocking(blobs_->put(neighbour, word_, true)).error().code, Errc::unavailable);
}

TEST_F(DiskBlobsTest, SyncsTheNamesOfABlobAndOfANewFolderOnceAWriter)
{
    auto const made = writer(key_);
    EXPECT_EQ(folder_syncs_of([&] { EXPECT_TRUE(run_blocking(made->sync())); }), 2) << "the shard, and its own name";
    EXPECT_EQ(folder_syncs_of([&] { EXPECT_TRUE(run_blocking(made->sync())); }), 0);
    // Another writer can't know whether the first one came to its sync.
    auto const found = writer(key_);
    EXPECT_EQ(folder_syncs_of([&] { EXPECT_TRUE(run_blocking(found->sync())); }), 1);
    open();
    auto const reopened = writer(key_);
    EXPECT_EQ(folder_syncs_of([&] { EXPECT_TRUE(run_blocking(reopened->sync())); }), 2) << "nor can another process";
}

TEST_F(DiskBlobsTest, SyncsNothingWhereNothingIsToBeSynced)
{
    auto const second = crypto::random_id<BlobKey>();
    EXPECT_EQ(folder_syncs_of([&] {
                  store(key_, "hello ");
                  store(second, "world");
                  EXPECT_TRUE(
                      run_blocking(blobs_->concatenate(crypto::random_id<BlobKey>(), {{key_, {6}}, {second, {5}}}, false)));
              }),
              0);
}

TEST_F(DiskBlobsTest, LetsOneWholeBeginWithABlob)
{
    auto const first = crypto::random_id<BlobKey>();
    auto const second = crypto::random_id<BlobKey>();
    store(key_, "part");
    ASSERT_TRUE(run_blocking(blobs_->concatenate(first, {{key_, {4}}}, true)));
    EXPECT_EQ(run_blocking(blobs_->concatenate(second, {{key_, {4}}}, true)).error().code, Errc::unavailable);
    EXPECT_EQ(run_blocking(blobs_->size_of(second)).error().code, Errc::not_found);
    // Once the first one is gone (its row never came), the part may begin another.
    ASSERT_TRUE(run_blocking(blobs_->erase({first})));
    ASSERT_TRUE(run_blocking(blobs_->concatenate(second, {{key_, {4}}}, true)));
    EXPECT_EQ(load(second), "part");
}

TEST_F(DiskBlobsTest, CopiesALargeBlobInTurns)
{
    auto const second = crypto::random_id<BlobKey>();
    auto const whole = crypto::random_id<BlobKey>();
    constexpr auto kSize = ByteCount{(64ULL << 20) + 5};
    store(key_, "part");
    ASSERT_TRUE(writer(second)->write_blocking({kSize.value - 3}, std::as_bytes(std::span{"end", 3})));
    ASSERT_TRUE(run_blocking(blobs_->concatenate(whole, crowded({{key_, {4}}, {second, kSize}}), false)));
    EXPECT_EQ(disk_state.longest_copy, 64U << 20);
    EXPECT_EQ(run_blocking(blobs_->size_of(whole)), kSize + ByteCount{4});
    auto end = std::string(3, '\0');
    ASSERT_TRUE(reader(whole)->read_blocking({kSize.value + 1}, std::as_writable_bytes(std::span{end})));
    EXPECT_EQ(end, "end");
}

TEST_F(DiskBlobsTest, CopiesThroughABufferWhereTheFileSystemCant)
{
    auto const second = crypto::random_id<BlobKey>();
    auto const text = std::string(3'000'000, 'x') + "end";
    store(key_, "part");
    store(second, text);
    auto const parts = crowded({{key_, {4}}, {second, {text.size()}}});
    for (auto const error : {EXDEV, EINVAL, ENOSYS, EOPNOTSUPP}) {
        disk_state.copy_error = error;
        auto const whole = crypto::random_id<BlobKey>();
        ASSERT_TRUE(run_blocking(blobs_->concatenate(whole, parts, true)));
        EXPECT_EQ(load(whole), "part" + text);
        ASSERT_TRUE(run_blocking(blobs_->erase({whole})));
    }
    disk_state.copy_error = EIO;
    EXPECT_FALSE(run_blocking(blobs_->concatenate(crypto::random_id<BlobKey>(), parts, true)));
}

TEST_F(DiskBlobsTest, CopiesNothingOfAFewBlobs)
{
    auto const second = crypto::random_id<BlobKey>();
    auto const whole = crypto::random_id<BlobKey>();
    store(key_, "part");
    store(second, "end");
    disk_state.copy_error = EIO;
    ASSERT_TRUE(run_blocking(blobs_->concatenate(whole, {{key_, {4}}, {second, {3}}}, true)));
    EXPECT_EQ(load(whole), "partend");
}

TEST_F(DiskBlobsTest, ErasesAWholeThatWasNeverFinished)
{
    auto const absent = crypto::random_id<BlobKey>();
    auto const whole = crypto::random_id<BlobKey>();
    store(key_, "part");
    EXPECT_FALSE(run_blocking(blobs_->concatenate(whole, {{key_, {4}}, {absent, {3}}}, true)));
    EXPECT_EQ(run_blocking(blobs_->size_of(whole)).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(blobs_->list())->size(), 2U);
    ASSERT_TRUE(run_blocking(blobs_->erase({whole})));
    EXPECT_EQ(run_blocking(blobs_->list()), std::vector{key_});
}

}  // namespace
}  // namespace fleeting::disk
