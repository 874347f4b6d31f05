// Files wait to be found clean: nothing of them leaves before, and nothing is forgotten.

#include "support/world.hpp"

namespace fleeting {
namespace {

/// Says what it was told to say: of a file that has "virus" in it that it is infected, of others that they are clean.
class ScriptedScanner final : public Scanner {
public:
    bool is_away = false;
    bool breaks = false;  ///< in the middle of a file
    bool finds_all_too_large = false;
    int slow_answers = 0;                 ///< looks for an answer that find none yet
    std::function<void()> before_answer;  ///< what happens meanwhile
    int begun = 0;

    Result<std::unique_ptr<FileScan>> begin_blocking() override
    {
        ++begun;
        if (is_away)
            return fail(Errc::unavailable, "nobody there");
        return std::make_unique<Run>(*this);
    }

private:
    class Run final : public FileScan {
    public:
        explicit Run(ScriptedScanner& scanner) : scanner_(scanner) {}
        Result<bool> send_blocking(Bytes bytes) override
        {
            if (scanner_.breaks)
                return fail(Errc::unavailable, "broken");
            for (auto const byte : bytes)
                text_ += static_cast<char>(byte);
            return true;
        }
        Result<bool> end_blocking() override { return true; }
        Result<bool> hear_blocking() override
        {
            if (scanner_.before_answer)
                scanner_.before_answer();
            if (scanner_.slow_answers-- > 0)
                return false;
            verdict_ = scanner_.finds_all_too_large ? Verdict{Verdict::Kind::too_large, ""}
                       : text_.contains("virus")    ? Verdict{Verdict::Kind::infected, "Test"}
                                                    : Verdict{};
            return true;
        }
        [[nodiscard]] std::optional<Verdict> verdict() const override { return verdict_; }

    private:
        ScriptedScanner& scanner_;
        std::string text_;
        std::optional<Verdict> verdict_;
    };
};

class ScansTest : public testing::Test {
protected:
    ScansTest()
    {
        world.scanner = &scanner;
        world.upload_settings.scans = true;
        world.restart();
        admission = *world.admit("lab", world.open_room("lab"));
    }
    Result<bool> scan_next() { return run_blocking(world.scans->scan_next()); }
    FileEntry now_of(FileEntry const& file)
    {
        return *run_blocking(world.store->find_file(file.room_id, file.id, world.clock.now()));
    }
    Errc why_not(FileEntry const& file)
    {
        auto const opened = run_blocking(world.downloads->open(admission, file.id));
        EXPECT_FALSE(opened);
        return opened ? Errc{} : opened.error().code;
    }
    std::size_t archived()
    {
        return run_blocking(world.store->list_archive(admission.room.id, {}, {}, world.clock.now()))->size();
    }

    ScriptedScanner scanner;
    World world;
    Admission admission;
};

TEST_F(ScansTest, NothingOfAFileLeavesBeforeItIsFoundClean)
{
    auto const file = world.put(admission, "report", "harmless");
    EXPECT_TRUE(now_of(file).is_being_checked());
    EXPECT_EQ(why_not(file), Errc::being_checked);
    EXPECT_EQ(run_blocking(world.downloads->open(admission, std::string{"report"})).error().code, Errc::being_checked);
    EXPECT_EQ(archived(), 0U);
    EXPECT_TRUE(*scan_next());
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, file.id)));
    EXPECT_EQ(archived(), 1U);
    EXPECT_EQ(world.scans->stats().clean, 1U);
    EXPECT_FALSE(*scan_next());
}

TEST_F(ScansTest, NobodyReadsBehindAnUpload)
{
    auto const upload = *world.create(admission, "slow", 10);
    ASSERT_TRUE(world.append(admission, upload.id, 0, TextSource{"harml"}));
    EXPECT_EQ(why_not(upload), Errc::not_whole_yet);
    ASSERT_TRUE(world.append(admission, upload.id, 5, TextSource{"ess!!"}));
    EXPECT_EQ(why_not(upload), Errc::being_checked);
    EXPECT_TRUE(*scan_next());
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, upload.id)));
}

TEST_F(ScansTest, AnInfectedFileIsRemovedAndEverybodyIsTold)
{
    auto const subscription = *run_blocking(world.bus->subscribe(admission.room.id, admission.session.id, {}));
    auto const file = world.put(admission, "present", "a virus");
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(why_not(file), Errc::file_infected);
    EXPECT_EQ(run_blocking(world.downloads->open(admission, std::string{"present"})).error().code, Errc::file_infected);
    EXPECT_EQ(run_blocking(world.uploads->find(admission, file.id)).error().code, Errc::file_infected);
    auto removed = std::optional<FileRemoved>{};
    while (!removed) {
        auto const event = subscription->take();
        ASSERT_TRUE(event && *event);
        if (auto const* const told = std::get_if<FileRemoved>(&(*event)->what()))
            removed = *told;
    }
    EXPECT_EQ(removed->id, file.id);
    EXPECT_TRUE(removed->is_infected);
    EXPECT_EQ(removed->by, "");
    world.reap();
    EXPECT_EQ(world.blob_count(), 0U);
    // The name is free for a better one.
    auto const better = world.put(admission, "present", "harmless");
    EXPECT_TRUE(*scan_next());
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, std::string{"present"})));
}

TEST_F(ScansTest, WhileTheScannerIsAwayFilesWait)
{
    auto const file = world.put(admission, "report", "harmless");
    scanner.is_away = true;
    for (auto i = 0; i < 3; ++i)
        EXPECT_EQ(scan_next().error().code, Errc::unavailable);
    EXPECT_EQ(why_not(file), Errc::being_checked);
    EXPECT_TRUE(world.scans->stats().is_away);
    EXPECT_EQ(world.scans->stats().failures, 3U);
    world.clock.advance(Milliseconds{7'000});
    ASSERT_TRUE(run_blocking(world.scans->look()));
    EXPECT_EQ(world.scans->stats().waiting, 1U);
    EXPECT_EQ(world.scans->stats().oldest_ms, 7'000);
    scanner.is_away = false;
    EXPECT_TRUE(*scan_next());
    EXPECT_FALSE(now_of(file).is_being_checked());
    EXPECT_FALSE(world.scans->stats().is_away);
}

TEST_F(ScansTest, AFileThatCantBeScannedIsTriedAgainAndHoldsUpNoOther)
{
    scanner.breaks = true;
    auto const bad = world.put(admission, "bad", "harmless");
    EXPECT_TRUE(*scan_next());
    scanner.breaks = false;
    auto const good = world.put(admission, "good", "harmless");
    EXPECT_TRUE(*scan_next());
    EXPECT_FALSE(now_of(good).is_being_checked());
    EXPECT_FALSE(*scan_next());
    EXPECT_TRUE(now_of(bad).is_being_checked());
    world.clock.advance(Milliseconds{1'000});
    EXPECT_TRUE(*scan_next());
    EXPECT_FALSE(now_of(bad).is_being_checked());
}

TEST_F(ScansTest, AClaimIsExtendedWhileTheScannerIsSlowAndOthersAreKeptOff)
{
    world.put(admission, "report", "harmless");
    scanner.slow_answers = 3;
    auto was_free = false;
    scanner.before_answer = [&] {
        world.clock.advance(Milliseconds{10'000});
        was_free |= run_blocking(world.store->claim_scan(world.clock.now(), world.clock.now() + Seconds{30}))->has_value();
    };
    EXPECT_TRUE(*scan_next());
    EXPECT_FALSE(was_free);
    EXPECT_EQ(world.scans->stats().clean, 1U);
}

TEST_F(ScansTest, AFileThatIsRemovedMeanwhileIsNoFailure)
{
    auto const file = world.put(admission, "report", "a virus");
    scanner.before_answer = [&] { ASSERT_TRUE(run_blocking(world.uploads->remove(admission, file.id))); };
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(world.scans->stats().failures + world.scans->stats().infected, 0U);
    EXPECT_EQ(why_not(file), Errc::not_found);
}

TEST_F(ScansTest, LargerFilesAreRefusedOrOfferedWithAMark)
{
    world.scan_settings.most = {5};
    world.restart();
    auto const file = world.put(admission, "large", "harmless");
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(why_not(file), Errc::being_checked);
    EXPECT_EQ(scanner.begun, 0);
    world.scan_settings.offers_larger = true;
    world.restart();
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(now_of(file).scan, Scan::skipped);
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, file.id)));
}

TEST_F(ScansTest, WhatTheScannerItselfFindsTooLargeGoesByTheSameRule)
{
    scanner.finds_all_too_large = true;
    auto const file = world.put(admission, "large", "harmless");
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(why_not(file), Errc::being_checked);
    world.scan_settings.offers_larger = true;
    world.restart();
    EXPECT_TRUE(*scan_next());
    EXPECT_EQ(now_of(file).scan, Scan::skipped);
}

TEST_F(ScansTest, ARestartForgetsNoneAndTurningScansOnOrOffMovesWhatWasNeverChecked)
{
    auto const file = world.put(admission, "report", "harmless");
    // In the middle of a scan.
    ASSERT_TRUE(*run_blocking(world.store->claim_scan(world.clock.now(), world.clock.now() + Seconds{30})));
    world.restart();
    EXPECT_EQ(why_not(file), Errc::being_checked);
    world.upload_settings.scans = false;
    world.restart();
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, file.id)));
    world.upload_settings.scans = true;
    world.restart();
    EXPECT_EQ(why_not(file), Errc::being_checked);
    EXPECT_TRUE(*scan_next());
    EXPECT_TRUE(run_blocking(world.downloads->open(admission, file.id)));
}

}  // namespace
}  // namespace fleeting
