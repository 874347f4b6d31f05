#pragma once

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "disk/disk_blobs.hpp"
#include "disk/tombstone_folder.hpp"
#include "memory/memory_event_bus.hpp"
#include "memory/memory_rate_limiter.hpp"
#include "service/archive_service.hpp"
#include "service/direct_upload_service.hpp"
#include "service/download_service.hpp"
#include "service/operator_service.hpp"
#include "service/reaper.hpp"
#include "service/receipts.hpp"
#include "service/scan_service.hpp"
#include "service/upload_service.hpp"
#include "sqlite/sqlite_store.hpp"
#include "support/faulty_blobs.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace fleeting {

/// An upload's bytes out of a string; where `breaks_at` is less than its length, the peer goes away there.
class TextSource : public ByteSource {
public:
    explicit TextSource(std::string text, std::size_t breaks_at = std::string::npos)
        : text_(std::move(text)), end_(std::min(breaks_at, text_.size())), scratch_(64 << 10)
    {
    }
    [[nodiscard]] std::optional<ByteCount> length() const override { return ByteCount{text_.size()}; }
    Task<bool> ready() override
    {
        if (taken_ == end_ && end_ < text_.size())
            co_return fail(Errc::body_truncated, "gone");
        co_return taken_ < end_;
    }
    Result<std::size_t> take(MutableBytes into) override
    {
        auto const count = std::min(into.size(), end_ - taken_);
        std::ranges::copy(std::as_bytes(std::span{text_}).subspan(taken_, count), into.begin());
        taken_ += count;
        return count;
    }
    MutableBytes scratch() override { return scratch_; }
    [[nodiscard]] std::function<void()> canceller() const override
    {
        return [] {};
    }

private:
    std::string text_;
    std::size_t end_;
    std::size_t taken_ = 0;
    std::vector<std::byte> scratch_;
};

/// Everything a node has but the network, on a folder of its own and a clock that the test moves.
class World {
public:
    explicit World(RoomServiceSettings settings = cheap()) : settings_(std::move(settings)) { start("boot 1"); }
    ~World()
    {
        stop();
        std::filesystem::remove_all(folder_);
    }
    World(World const&) = delete;
    World& operator=(World const&) = delete;

    /// Passwords that cost little, and no limits to speak of.
    static RoomServiceSettings cheap()
    {
        auto settings = RoomServiceSettings{};
        settings.password_cost = {8 << 10, 1};
        auto const many = RatePolicy{1'000'000, Milliseconds{1}};
        settings.rates = {many, many, many, many, many, 1'000'000};
        settings.limits = {Seconds{1800}, Seconds{1}, Seconds{86'400}, ByteCount{1000}, ByteCount{3000}, 10};
        return settings;
    }

    /// What a restart does; with another `boot_id`, one of the machine.
    void restart(std::string const& boot_id = "boot 1")
    {
        stop();
        start(boot_id);
    }

    /// The same with other settings.
    void restart_with(RoomServiceSettings settings)
    {
        settings_ = std::move(settings);
        restart();
    }

    NewSession open_room(std::string name, Seconds ttl = Seconds{60})
    {
        auto made = run_blocking(rooms->create({std::move(name), "four plain words", ttl, "Ada", "10.0.0.1"}));
        EXPECT_TRUE(made) << made.error().detail;
        return *std::move(made);
    }
    Result<NewSession> join(std::string name, std::string password = "four plain words", std::string network = "10.0.0.2",
                            std::vector<KnownMark> marks = {})
    {
        return run_blocking(rooms->join({std::move(name), std::move(password), "Tom", std::move(network), std::move(marks)}));
    }
    Result<Admission> admit(std::string name, NewSession const& session)
    {
        return run_blocking(rooms->admit(std::move(name), {{session.token}, {}, "10.0.0.1"}));
    }
    Result<FileEntry> create(Admission const& admission, std::string name, std::size_t length)
    {
        return run_blocking(uploads->create(admission, {.name = std::move(name), .media_type = "", .length = ByteCount{length}}));
    }
    Result<FileEntry> append(Admission const& admission, FileId id, std::uint64_t offset, TextSource source)
    {
        return run_blocking(uploads->append(admission, id, {.offset = ByteOffset{offset}, .wants_sha256 = true}, source));
    }
    /// A complete file, with its digest.
    FileEntry put(Admission const& admission, std::string name, std::string text)
    {
        auto source = TextSource{std::move(text)};
        auto made = run_blocking(
            uploads->put(admission, {.name = std::move(name), .length = source.length()}, {.wants_sha256 = true}, source));
        EXPECT_TRUE(made) << made.error().detail;
        return *std::move(made);
    }
    /// One turn of the reaper's loop.
    void reap()
    {
        ASSERT_TRUE(run_blocking(reaper->sweep_rooms()));
        ASSERT_TRUE(run_blocking(reaper->sweep_blobs()));
        ASSERT_TRUE(run_blocking(reaper->sweep_orphans()));
    }
    /// What another process does to the database.
    void execute(std::string const& sql)
    {
        ASSERT_TRUE((*sqlite::Database::open(folder_ / "fleeting.db"))->execute(sql.c_str()));
    }
    /// A copy of the database as it is now, and the restart that finds it in the place of the one there.
    void backup_database() { copy_database("fleeting.db", "backup.db"); }
    void restore_database()
    {
        stop();
        for (auto const* const name : {"fleeting.db", "fleeting.db-wal", "fleeting.db-shm"})
            std::filesystem::remove(folder_ / name);
        copy_database("backup.db", "fleeting.db");
        start("boot 1");
    }
    std::size_t blob_count() { return run_blocking(blobs->list())->size(); }
    [[nodiscard]] std::filesystem::path path_of(FileEntry const& file) const
    {
        auto const hex = file.blob.hex();
        return folder_ / "blobs" / hex.substr(30) / hex;
    }

    ManualClock clock;
    std::vector<Milliseconds> lateness;
    std::unique_ptr<sqlite::SqliteStore> store;
    std::unique_ptr<disk::DiskBlobs> blobs;
    std::optional<FaultyBlobs> faulty_blobs;  ///< what the services see of them
    std::optional<memory::MemoryEventBus> bus;
    std::unique_ptr<disk::TombstoneFolder> keeper;
    std::optional<Tombstones> tombstones;
    std::optional<Receipts> receipts;
    std::optional<RoomService> rooms;
    std::optional<UploadService> uploads;
    std::optional<LinkKeys> link_keys;
    std::optional<DirectUploadService> direct;  ///< where `faulty_blobs->direct` is set
    std::optional<DownloadService> downloads;
    std::optional<ArchiveService> archives;
    BlockList blocks;
    Deliveries deliveries;
    std::optional<OperatorService> operator_service;
    UploadSettings upload_settings;    ///< of the next start
    std::string operator_token;        ///< the same
    Scanner* scanner = nullptr;        ///< the same
    ScanSettings scan_settings;        ///< the same
    std::optional<ScanService> scans;  ///< where there is a scanner
    std::optional<Reaper> reaper;

private:
    void copy_database(std::string const& from, std::string const& to)
    {
        auto database = *sqlite::Database::open(folder_ / from);
        ASSERT_TRUE(database->execute(("VACUUM INTO '" + (folder_ / to).string() + "'").c_str()));
    }
    void start(std::string const& boot_id)
    {
        pool_.emplace("work", 2, 100);
        limiter_.emplace();
        cutoffs_.emplace();
        linked_files_.emplace(10);
        live_.emplace();
        digest_workers_.emplace(1);
        bus.emplace(10);
        blocks.replace({});
        std::filesystem::create_directories(folder_);
        auto folder = disk::open_data_folder(folder_);
        blobs = *disk::DiskBlobs::open(*std::move(folder), {ByteCount{0}, 0}, *pool_);
        faulty_blobs.emplace(*blobs);
        store = *sqlite::SqliteStore::open(folder_ / "fleeting.db");
        keeper = *disk::TombstoneFolder::open(folder_ / "tombstones", *pool_, false);
        tombstones.emplace(TombstoneParts{*store, keeper.get(), clock}, settings_.limits.ttl_max);
        receipts.emplace(*store, *tombstones, crypto::HmacKey{{}});
        auto const wake = [] {};
        rooms.emplace(RoomServiceParts{*store, *faulty_blobs, *bus, *limiter_, clock, *pool_, *cutoffs_, *linked_files_, *live_,
                                       *tombstones, wake},
                      settings_, crypto::HmacKey{{}});
        uploads.emplace(
            UploadParts{*store, *faulty_blobs, *bus, clock, *pool_, *digest_workers_, *linked_files_, *live_, blocks, wake},
            upload_settings);
        clock_guard_.emplace(*store, clock);
        link_keys.emplace(*store, *clock_guard_, clock);
        ASSERT_TRUE(run_blocking(link_keys->refresh()));
        direct.emplace(DirectUploadServiceParts{*store, *faulty_blobs, *bus, clock, *link_keys, *uploads});
        downloads.emplace(DownloadParts{*store, *blobs, clock, *linked_files_, *live_, *cutoffs_, deliveries, *link_keys});
        archives.emplace(*store, *blobs, clock, *pool_, deliveries);
        operator_service.emplace(OperatorParts{*store, clock, *rooms, *uploads, blocks, deliveries, wake, false, operator_token});
        reaper.emplace(ReaperParts{*store, *faulty_blobs, *bus, *clock_guard_, *cutoffs_, *linked_files_, *live_, *tombstones},
                       [this](Milliseconds late) { lateness.push_back(late); });
        if (scanner != nullptr)
            scans.emplace(ScanParts{*store, *blobs, *bus, clock, *scanner, *pool_, *linked_files_, *live_, wake}, scan_settings);
        ASSERT_TRUE(run_blocking(store->turn_scans(upload_settings.scans)));
        ASSERT_TRUE(run_blocking(uploads->prepare(boot_id)));
        ASSERT_TRUE(run_blocking(operator_service->apply()));
    }
    void stop()
    {
        reaper.reset();
        scans.reset();
        operator_service.reset();
        downloads.reset();
        direct.reset();
        uploads.reset();
        archives.reset();
        rooms.reset();
        tombstones.reset();
        keeper.reset();
        digest_workers_->stop();
        pool_->stop();
        blobs.reset();
        store.reset();
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    RoomServiceSettings settings_;
    std::optional<BlockingPool> pool_;
    std::optional<memory::MemoryRateLimiter> limiter_;
    std::optional<Cutoffs> cutoffs_;
    std::optional<ClockGuard> clock_guard_;
    std::optional<LinkedFiles> linked_files_;
    std::optional<LiveUploads> live_;
    std::optional<DigestWorkers> digest_workers_;
};

}  // namespace fleeting
