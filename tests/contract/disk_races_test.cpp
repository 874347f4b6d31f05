// The folder of blobs while somebody else on the machine works in it. RACE_SECONDS says for how long.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "disk/disk_blobs.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <thread>
#include <tuple>

namespace fleeting {
namespace {

/// Somebody who exchanges a file and its folder for links to elsewhere, again and again, while the store works.
class Racer {
public:
    Racer(std::filesystem::path shard, std::string name, std::filesystem::path elsewhere)
        : shard_(std::move(shard)), file_(shard_ / std::move(name)), elsewhere_(std::move(elsewhere))
    {
        std::filesystem::create_directory_symlink(elsewhere_, shard_.string() + ".link");
        std::filesystem::create_symlink(elsewhere_ / "secret", shard_.parent_path() / "link");
    }
    void run()
    {
        for (; !stop_; ++rounds_) {
            // Each is back before the next: no name ever leads the racer itself elsewhere.
            exchange(shard_.parent_path() / "link", file_);
            exchange(shard_.parent_path() / "link", file_);
            exchange(shard_.string() + ".link", shard_);
            exchange(shard_.string() + ".link", shard_);
        }
    }
    void stop() { stop_ = true; }
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

private:
    static void exchange(std::filesystem::path const& a, std::filesystem::path const& b)
    {
        ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    }

    std::filesystem::path shard_, file_, elsewhere_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> rounds_{0};
};

std::chrono::milliseconds race_time()
{
    auto const* const told = std::getenv("RACE_SECONDS");
    return told != nullptr ? std::chrono::seconds{std::stoi(told)} : std::chrono::milliseconds{700};
}

/// The name of a blob in the same folder.
BlobKey beside(BlobKey key)
{
    auto other = crypto::random_id<BlobKey>();
    other.raw.back() = key.raw.back();
    return other;
}

TEST(DiskRaces, StayInTheirFolderWhoeverRacesWithLinks)
{
    auto const folder = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    auto const elsewhere = std::filesystem::path{folder.string() + ".elsewhere"};
    auto pool = BlockingPool{"disk", 2, 100};
    auto const open = [&] { return *disk::DiskBlobs::open(*disk::open_data_folder(folder), {}, pool); };
    std::filesystem::create_directories(elsewhere);
    std::ofstream{elsewhere / "secret"} << "secret";
    auto const key = crypto::random_id<BlobKey>();
    ASSERT_TRUE(run_blocking(open()->put(key, std::as_bytes(std::span{"a blob"}), false)));
    std::ofstream{elsewhere / key.hex()} << "secret";  // of the same name, where the folder's link leads
    auto racer = Racer{folder / "blobs" / key.hex().substr(30), key.hex(), elsewhere};
    auto thread = std::thread{[&] { racer.run(); }};
    auto reads = 0;
    for (auto const end = std::chrono::steady_clock::now() + race_time(); std::chrono::steady_clock::now() < end;) {
        auto const blobs = open();  // which keeps no folder open yet
        auto const other = beside(key);
        std::ignore = run_blocking(blobs->put(other, std::as_bytes(std::span{"another"}), false));
        std::ignore = run_blocking(blobs->erase({other}));
        auto text = std::array<char, 6>{};
        auto const reader = run_blocking(blobs->open_reader(key));
        if (!reader || !(*reader)->read_blocking({0}, std::as_writable_bytes(std::span{text})))
            continue;
        ++reads;
        ASSERT_EQ((std::string_view{text.data(), text.size()}), "a blob");
    }
    racer.stop();
    thread.join();
    EXPECT_GT(reads, 0);
    EXPECT_GT(racer.rounds(), 100U);
    auto const left = std::distance(std::filesystem::directory_iterator{elsewhere}, {});
    EXPECT_EQ(left, 2) << "something was made or erased there";
    std::cout << "figure: racing with links: " << reads << " reads, " << racer.rounds() << " times four exchanges, 0 elsewhere\n";
    std::filesystem::remove_all(elsewhere);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fleeting
