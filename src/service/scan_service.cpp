#include "service/scan_service.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <vector>

namespace fleeting {
namespace {

// How often a node looks for files that wait, …
constexpr auto kTick = Milliseconds{250};
// … and whether a scanner that is away is back, at last.
constexpr auto kLongestPause = Milliseconds{15'000};
constexpr auto kLookEvery = Milliseconds{1'000};
// A file that couldn't be scanned is tried again after a quarter of the time it has waited: soon at first, and less and less.
constexpr auto kSoonest = Milliseconds{1'000};
constexpr auto kLatest = Milliseconds{5 * 60'000};

}  // namespace

net::awaitable<Error> why_absent(ScanStore& store, RoomId room, std::string what, Error error)
{
    if (error.code != Errc::not_found)
        co_return error;
    auto const was_infected = co_await store.was_infected(room, std::move(what));
    if (was_infected && *was_infected)
        error.code = Errc::file_infected;
    co_return error;
}

net::awaitable<void> ScanService::run()
{
    auto pause = kTick;
    while (!stopping_) {
        auto const seen = woken_.count();
        auto const scanned = co_await scan_next();
        pause = scanned ? kTick : std::min(pause * 2, kLongestPause);
        if (!scanned || !*scanned)
            co_await woken_.wait(seen, pause);
    }
}

net::awaitable<void> ScanService::watch()
{
    while (!stopping_) {
        auto const seen = woken_.count();
        if (auto const looked = co_await look(); !looked)
            log::debug("scan_queue_failed", looked.error().detail);
        co_await woken_.wait(seen, kLookEvery);
    }
}

void ScanService::stop()
{
    stopping_ = true;
    woken_.give();
}

Task<> ScanService::look()
{
    CO_TRY(auto const queue, co_await parts_.store.scan_queue());
    stats_.waiting = queue.files;
    stats_.oldest_ms = queue.oldest ? std::max(parts_.clock.now() - *queue.oldest, Milliseconds{0}).count() : 0;
    co_return Result<>{};
}

/// Several files are on their way at once, and one line says it.
void ScanService::note_away(bool is_away, std::string const& why)
{
    if (stats_.is_away.exchange(is_away) == is_away)
        return;
    if (is_away)
        log::warning("scanner_away", why);
    else
        log::info("scanner_back");
}

Task<bool> ScanService::scan_next()
{
    auto const now = parts_.clock.now();
    CO_TRY(auto file, co_await parts_.store.claim_scan(now, now + settings_.claim));
    if (!file)
        co_return false;
    auto claim = Claim{*std::move(file), now + settings_.claim};
    if (claim.file.size > settings_.most) {
        CO_TRY(co_await settle(claim, Verdict{Verdict::Kind::too_large, {}}));
        co_return true;
    }
    auto const begun = co_await parts_.pool.run([&] { return parts_.scanner.begin_blocking(); });
    if (!begun) {
        ++stats_.failures;
        note_away(true, begun.error().detail);
        // Another node's scanner may be there.
        CO_TRY(co_await parts_.store.move_scan_claim(claim.file.id, claim.until, now));
        co_return fail(begun.error());
    }
    note_away(false, {});
    auto const verdict = co_await scan(claim, **begun);
    CO_TRY(co_await settle(claim, verdict));
    co_return true;
}

/// A scanner that is slow takes longer than a claim lives by itself.
Task<> ScanService::hold(Claim& claim)
{
    if (stopping_)
        co_return fail(Errc::cancelled, "the node stops");
    auto const now = parts_.clock.now();
    if (claim.until - now > settings_.claim / 2)
        co_return Result<>{};
    CO_TRY(co_await parts_.store.move_scan_claim(claim.file.id, claim.until, now + settings_.claim));
    claim.until = now + settings_.claim;
    co_return Result<>{};
}

Task<> ScanService::insist(Claim& claim, std::function<Result<bool>()> step)
{
    auto const give_up = std::chrono::steady_clock::now() + settings_.patience;
    while (true) {
        CO_TRY(auto const is_done, co_await parts_.pool.run(step));
        CO_TRY(co_await hold(claim));
        if (is_done)
            co_return Result<>{};
        if (std::chrono::steady_clock::now() > give_up)
            co_return fail(Errc::unavailable, "the scanner is too slow");
    }
}

Task<> ScanService::send(Claim& claim, BlobReader const& reader, FileScan& scan)
{
    auto const size = claim.file.size.value;
    auto buffer = std::vector<std::byte>(std::min(size, reader.read_size().value));
    for (auto at = std::uint64_t{0}; at < size && !scan.verdict(); at += buffer.size()) {
        auto const part = MutableBytes{buffer}.first(std::min<std::uint64_t>(buffer.size(), size - at));
        CO_TRY(co_await reader.read(ByteOffset{at}, part));
        CO_TRY(co_await insist(claim, [&] { return scan.send_blocking(part); }));
    }
    co_return co_await insist(claim, [&] { return scan.end_blocking(); });
}

Task<Verdict> ScanService::scan(Claim& claim, FileScan& scan)
{
    CO_TRY(auto const reader, co_await parts_.blobs.open_reader(claim.file.blob));
    CO_TRY(co_await send(claim, *reader, scan));
    CO_TRY(co_await insist(claim, [&] { return scan.hear_blocking(); }));
    co_return *scan.verdict();
}

Task<> ScanService::settle(Claim const& claim, Result<Verdict> const& verdict)
{
    auto done = Result<>{};
    if (!verdict)
        done = co_await postpone(claim, verdict.error().detail);
    else if (verdict->kind == Verdict::Kind::infected)
        done = co_await remove(claim, verdict->found);
    else if (verdict->kind == Verdict::Kind::clean)
        done = co_await offer(claim, Scan::clean);
    else if (settings_.offers_larger)
        done = co_await offer(claim, Scan::skipped);
    else
        done = co_await postpone(claim, "larger than may be scanned");
    // Removed meanwhile, or another node's by now.
    co_return done || done.error().code != Errc::not_found ? done : Result<>{};
}

Task<> ScanService::offer(Claim const& claim, Scan outcome)
{
    CO_TRY(auto const offered, co_await parts_.store.finish_scan(claim.file.id, outcome, parts_.clock.now()));
    ++(outcome == Scan::clean ? stats_.clean : stats_.skipped);
    parts_.bus.publish(offered.file.room_id, Event{offered.room_version, FileProgressed{offered.file}});
    co_return Result<>{};
}

Task<> ScanService::remove(Claim const& claim, std::string const& found)
{
    auto const& file = claim.file;
    CO_TRY(auto const removed, co_await parts_.store.remove_infected(file.room_id, file.id, parts_.clock.now()));
    ++stats_.infected;
    log::warning("infected_file_removed", file.id.hex() + ", " + found);
    parts_.linked_files.forget(file.id);
    parts_.live.forget(file.id);
    parts_.bus.publish(file.room_id, Event{removed.room_version, FileRemoved{file.id, {}, true}});
    parts_.wake_reaper();
    co_return Result<>{};
}

Task<> ScanService::postpone(Claim const& claim, std::string why)
{
    auto const now = parts_.clock.now();
    auto const pause = std::clamp((now - claim.file.completed_at.value_or(now)) / 4, kSoonest, kLatest);
    CO_TRY(co_await parts_.store.move_scan_claim(claim.file.id, claim.until, now + pause));
    ++stats_.failures;
    log::warning("scan_failed", claim.file.id.hex() + ", " + why);
    co_return Result<>{};
}

}  // namespace fleeting
