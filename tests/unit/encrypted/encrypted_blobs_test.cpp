#include "encrypted/encrypted_blobs.hpp"

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "encrypted/blob_layout.hpp"
#include "support/memory_blobs.hpp"

#include <filesystem>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace fleeting::encrypted {
namespace {

Bytes bytes_of(std::string const& text)
{
    return std::as_bytes(std::span{text});
}

/// Text in which no piece is like another.
std::string long_text(std::size_t size)
{
    auto text = std::string{};
    while (text.size() < size)
        text += std::to_string(text.size()) + ' ';
    text.resize(size);
    return text;
}

class EncryptedBlobsTest : public testing::Test {
protected:
    EncryptedBlobsTest()
    {
        std::filesystem::create_directories(folder_);
        open(true);
        key_ = name();
    }
    ~EncryptedBlobsTest() override
    {
        keys_.reset();
        std::filesystem::remove_all(folder_);
    }
    /// What a restart does.
    void open(bool encrypts)
    {
        blobs_.reset();
        keys_.reset();
        auto const folder = disk::Descriptor{::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        keys_ = *KeyFile::open(folder, true);
        blobs_.emplace(stored_, keys_.get(), pool_, encrypts);
    }
    BlobKey name()
    {
        return *run_blocking(blobs_->name_blob(crypto::ordered_id<BlobKey>(Instant{Milliseconds{1'700'000'000'000}}), room_));
    }
    std::unique_ptr<BlobWriter> writer() { return *run_blocking(blobs_->open_writer(key_)); }
    static void write(BlobWriter& writer, std::uint64_t at, std::string const& text)
    {
        ASSERT_TRUE(run_blocking(writer.ready()));
        ASSERT_TRUE(writer.write_blocking({at}, bytes_of(text)));
    }
    Result<std::string> read(std::uint64_t at, std::size_t count)
    {
        TRY(auto const reader, run_blocking(blobs_->open_reader(key_)));
        auto text = std::string(count, '\0');
        TRY(reader->read_blocking({at}, std::as_writable_bytes(std::span{text})));
        return text;
    }
    std::uint64_t size() { return run_blocking(blobs_->size_of(key_))->value; }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    BlockingPool pool_{"disk", 2, 100};
    MemoryBlobs stored_;
    std::unique_ptr<KeyFile> keys_;
    std::optional<EncryptedBlobs> blobs_;
    RoomId room_ = crypto::random_id<RoomId>();
    BlobKey key_;
};

TEST_F(EncryptedBlobsTest, StoresNothingThatCanBeReadWithoutTheKey)
{
    auto const text = long_text(200'000);
    ASSERT_TRUE(run_blocking(blobs_->put(key_, bytes_of(text), true)));
    auto const& stored = stored_.stored(key_);
    EXPECT_EQ(stored.size(), sealed_length({text.size()}).value);
    EXPECT_TRUE(std::ranges::search(stored, bytes_of(text).first(12)).empty());
    EXPECT_TRUE(*read(0, text.size()) == text);
    ASSERT_TRUE(run_blocking(blobs_->erase_keys({room_})));
    EXPECT_EQ(read(0, 1).error().code, Errc::not_found);
    EXPECT_EQ(run_blocking(blobs_->open_writer(key_)).error().code, Errc::not_found);
}

TEST_F(EncryptedBlobsTest, ReadsFromEveryPlace)
{
    auto const text = long_text(3 * kSegment + 100);
    ASSERT_TRUE(run_blocking(blobs_->put(key_, bytes_of(text), true)));
    for (auto const edge : {std::uint64_t{0}, kSegment, 2 * kSegment, 3 * kSegment})
        for (auto const from : {edge, edge + 1, edge + 99, edge - std::min<std::uint64_t>(edge, 1)})
            for (auto const count : {std::size_t{1}, std::size_t{100}, std::size_t{kSegment}, std::size_t{kSegment + 1}})
                if (from + count <= text.size())
                    EXPECT_TRUE(*read(from, count) == text.substr(from, count)) << from << ' ' << count;
    EXPECT_FALSE(read(text.size(), 1));
    EXPECT_FALSE(read(0, text.size() + 1));
}

TEST_F(EncryptedBlobsTest, TellsABlobThatWasAlteredAnywhere)
{
    auto const text = long_text(kSegment + 1000);
    ASSERT_TRUE(run_blocking(blobs_->put(key_, bytes_of(text), true)));
    auto& stored = stored_.stored(key_);
    for (auto at = std::size_t{0}; at < stored.size(); at += at < 2 * kHeader || at > kSegment + 900 ? 1 : 499) {
        stored[at] ^= std::byte{1};
        auto const altered = read(0, text.size());
        auto const is_in_seal = at + kTag >= stored.size();
        EXPECT_TRUE(!altered || (is_in_seal && *altered == text)) << at;
        stored[at] ^= std::byte{1};
    }
}

TEST_F(EncryptedBlobsTest, TellsSegmentsThatWereSwappedOrCutOff)
{
    auto const text = long_text(2 * kSegment + 5);
    ASSERT_TRUE(run_blocking(blobs_->put(key_, bytes_of(text), true)));
    auto& stored = stored_.stored(key_);
    auto const whole = stored;
    auto const first = stored.begin() + kHeader;
    std::swap_ranges(first, first + kSlot, first + kSlot);
    EXPECT_FALSE(read(0, 10));
    stored = whole;
    for (auto const left : {kHeader + kSlot, kHeader + kSlot + kTrailer, kHeader + 2 * kSlot}) {
        stored.resize(left);
        EXPECT_FALSE(read(0, text.size())) << left;
        stored = whole;
    }
    auto const other = name();
    ASSERT_TRUE(run_blocking(blobs_->put(other, bytes_of(long_text(2 * kSegment + 5)), true)));
    stored = stored_.stored(other);
    EXPECT_FALSE(read(0, 10)) << "another blob of the room, of the same length";
}

TEST_F(EncryptedBlobsTest, GoesOnAfterEveryLengthThatACrashMayLeave)
{
    for (auto const tail : {std::uint64_t{300}, kSegment - 6}) {
        auto const text = long_text(kSegment + tail);
        auto const whole = sealed_length({text.size()}).value;
        for (auto length = std::uint64_t{0}; length <= whole; length += length % kSlot < 80 || length > whole - 80 ? 1 : 1'777) {
            key_ = name();
            {
                auto const first = writer();
                write(*first, 0, text);
                ASSERT_TRUE(run_blocking(first->seal(false)));
            }
            ASSERT_EQ(stored_.stored(key_).size(), whole);
            stored_.stored(key_).resize(length);
            // A sealing that was cut short looks longer than it is; its row tells.
            auto const there = std::min<std::uint64_t>(size(), text.size());
            ASSERT_GE(there + kHeader + 2 * kTag, std::min(length, text.size())) << length;
            auto const again = writer();
            ASSERT_TRUE(run_blocking(again->truncate({there})));
            ASSERT_EQ(size(), there) << length;
            write(*again, there, text.substr(there));
            ASSERT_TRUE(run_blocking(again->seal(false)));
            ASSERT_TRUE(*read(0, text.size()) == text) << length;
            ASSERT_EQ(size(), text.size()) << length;
        }
    }
}

TEST_F(EncryptedBlobsTest, NeverUsesAKeystreamTwice)
{
    // What is stored of zeros is the keystream itself.
    auto const zeros = std::string(kSegment + 500, '\0');
    auto seen = std::vector<std::vector<std::byte>>{};
    auto const look = [&] { seen.push_back(stored_.stored(key_)); };
    auto open_one = writer();
    write(*open_one, 0, zeros);
    look();
    for (auto const cut : {kSegment + 100, kSegment + 100, kSegment, kSegment - 7, std::uint64_t{3}, std::uint64_t{0}}) {
        ASSERT_TRUE(run_blocking(open_one->truncate({cut})));
        write(*open_one, cut, zeros.substr(cut));
        look();
    }
    ASSERT_TRUE(run_blocking(open_one->truncate({50})));
    open(true);
    open_one = writer();
    write(*open_one, 50, zeros.substr(50));
    look();
    stored_.takes = 200;
    ASSERT_TRUE(run_blocking(open_one->ready()));
    EXPECT_FALSE(open_one->write_blocking({zeros.size()}, bytes_of(zeros)));
    look();
    stored_.takes = -1;
    write(*open_one, zeros.size(), zeros);
    look();
    EXPECT_TRUE(*read(0, 2 * zeros.size()) == zeros + zeros);
    // 24 bytes that are the same at one place, behind the last cut, don't come by chance.
    auto const cuts =
        std::vector<std::uint64_t>{kSegment + 100, kSegment + 100, kSegment, kSegment - 7, 3, 0, 50, zeros.size(), zeros.size()};
    for (auto later = std::size_t{1}; later < seen.size(); ++later)
        for (auto earlier = std::size_t{0}; earlier < later; ++earlier) {
            auto const from = *std::min_element(cuts.begin() + static_cast<std::ptrdiff_t>(earlier),
                                                cuts.begin() + static_cast<std::ptrdiff_t>(later));
            auto const begin = stored_at({from}).value;
            auto const end = std::min(seen[earlier].size(), seen[later].size());
            for (auto at = begin; at + 24 <= end; at += 24)
                ASSERT_FALSE(std::ranges::equal(Bytes{seen[earlier]}.subspan(at, 24), Bytes{seen[later]}.subspan(at, 24)))
                    << earlier << ' ' << later << ' ' << at;
        }
}

TEST_F(EncryptedBlobsTest, ReadsBehindAWriterThatIsInTheMiddleOfASegment)
{
    auto const text = long_text(kSegment + 300);
    auto const open_one = writer();
    write(*open_one, 0, text.substr(0, 100));
    auto const reader = *run_blocking(blobs_->open_reader(key_));
    auto const read_at = [&](std::uint64_t at, std::size_t count) {
        auto part = std::string(count, '\0');
        EXPECT_TRUE(reader->read_blocking({at}, std::as_writable_bytes(std::span{part})));
        return part;
    };
    EXPECT_TRUE(read_at(10, 90) == text.substr(10, 90));
    write(*open_one, 100, text.substr(100, 300));
    ASSERT_TRUE(run_blocking(open_one->truncate({200})));
    write(*open_one, 200, text.substr(200));
    EXPECT_TRUE(read_at(0, text.size()) == text);
    ASSERT_TRUE(run_blocking(open_one->seal(true)));
    EXPECT_EQ(read_at(kSegment - 1, 301), text.substr(kSegment - 1));
}

TEST_F(EncryptedBlobsTest, KeepsAWholeOfPartsThatWereCutAndResumed)
{
    auto const text = long_text(kSegment + 5'000);
    auto parts = std::vector<BlobPart>{};
    auto all = std::string{};
    for (auto const size : {std::size_t{kSegment + 5'000}, std::size_t{10}, std::size_t{0}, std::size_t{kSegment}}) {
        key_ = name();
        auto open_one = writer();
        write(*open_one, 0, text.substr(0, size / 2) + "not this");
        ASSERT_TRUE(run_blocking(open_one->truncate({size / 2})));
        write(*open_one, size / 2, text.substr(size / 2, size - size / 2));
        ASSERT_TRUE(run_blocking(open_one->seal(true)));
        parts.push_back({key_, {size}});
        all += text.substr(0, size);
    }
    auto const whole = name();
    ASSERT_TRUE(run_blocking(blobs_->concatenate(whole, parts, true)));
    for (auto const& part : parts)
        ASSERT_TRUE(run_blocking(blobs_->erase({part.key})));
    key_ = whole;
    for (auto i = 0; i < 2; ++i) {
        EXPECT_EQ(size(), all.size());
        EXPECT_TRUE(*read(0, all.size()) == all);
        EXPECT_TRUE(*read(kSegment + 4'990, 30) == all.substr(kSegment + 4'990, 30));
        open(false);
    }
}

TEST_F(EncryptedBlobsTest, LeavesWhatWasStoredBeforeAndGoesOnWithWhatHasAKey)
{
    open(false);
    auto const plain = *run_blocking(blobs_->name_blob(crypto::ordered_id<BlobKey>(Instant{}), crypto::random_id<RoomId>()));
    EXPECT_FALSE(is_encrypted(plain));
    ASSERT_TRUE(run_blocking(blobs_->put(plain, bytes_of("as it is"), true)));
    EXPECT_TRUE(is_encrypted(name())) << "the room has a key";
    open(true);
    ASSERT_TRUE(run_blocking(blobs_->put(key_, bytes_of("sealed"), true)));
    auto const whole = name();
    ASSERT_TRUE(run_blocking(blobs_->concatenate(whole, {{plain, {8}}, {key_, {6}}}, true)));
    key_ = plain;
    EXPECT_EQ(*read(0, 8), "as it is");
    key_ = whole;
    EXPECT_EQ(*read(0, 14), "as it issealed");
    EXPECT_EQ(*read(6, 4), "isse");
}

}  // namespace
}  // namespace fleeting::encrypted
