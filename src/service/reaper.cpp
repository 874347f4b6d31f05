#include "service/reaper.hpp"

#include "base/log.hpp"
#include "crypto/random.hpp"
#include "service/room_ending.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fleeting {
namespace {

// Rooms and files. A batch is one transaction: large enough that a page of rows is changed a few times and not for each room of
// it, short enough that a writer behind it waits a fraction of a second.
constexpr auto kRoomBatch = std::size_t{8'000};
constexpr auto kBlobBatch = std::size_t{2'000};
constexpr auto kOrphansEvery = Milliseconds{60'000};
// Even with no deadline in sight: another node, or a statement that failed, may have left something to do.
constexpr auto kLongestSleep = Milliseconds{1'000};
// A due room that a sweep passed over: somebody's transaction holds its row, and will soon be done with it.
constexpr auto kHeldRoomPause = Milliseconds{50};
// So long a blob may lie in a shared store before the node that made it writes its row: a file is put together there for minutes.
constexpr auto kLongestBirth = Milliseconds{10 * 60'000};
constexpr auto kRetryPurgeAfter = Milliseconds{1'000};

// What docs/operating.md promises of a room's blobs. Rows that go later than that are worth a warning.
constexpr auto kPromised = Milliseconds{5'000};

}  // namespace

/// The rooms of one sweep that were erased later than promised: one line for all, as a start may find very many.
struct Reaper::Late {
    std::size_t rooms = 0;
    Milliseconds worst{0};

    void count(Milliseconds lateness)
    {
        rooms += lateness > kPromised ? 1 : 0;
        worst = std::max(worst, lateness);
    }
    void tell() const
    {
        if (rooms > 0)
            log::warning("rooms_erased_late", "rooms: " + std::to_string(rooms) + ", the latest " +
                                                  std::to_string(worst.count()) + " ms after its deadline");
    }
};

Reaper::Reaper(ReaperParts parts, std::function<void(Milliseconds)> on_room_erased)
    : parts_(parts), on_room_erased_(std::move(on_room_erased))
{
}

net::awaitable<void> Reaper::run(Seconds ttl_max)
{
    // A clock that had been far ahead when rooms were made must not let them live for years.
    if (auto const clamped = co_await parts_.store.clamp_expiry(parts_.clock_guard.latest() + ttl_max); !clamped)
        log::warning("reaper_failed", clamped.error().detail);
    // By itself: however slow a disk or a bucket is, it keeps no room from its end.
    net::co_spawn(co_await net::this_coro::executor, run_blobs(), net::detached);
    auto seen = woken_.count();  // read before each sweep: what comes up during it isn't slept through
    while (!stopping_) {
        ++stats_.sweeps;
        auto const swept = co_await sweep_rooms();
        if (!swept)
            log::warning("reaper_failed", swept.error().detail);
        co_await sleep(!swept, seen);
        seen = woken_.count();
    }
}

net::awaitable<void> Reaper::run_blobs()
{
    auto orphans_due = parts_.clock_guard.earliest();
    auto seen = has_purges_.count();
    while (!stopping_) {
        if (auto const swept = co_await sweep_bytes(orphans_due); !swept)
            log::warning("reaper_failed", swept.error().detail);
        co_await has_purges_.wait(seen, kLongestSleep);
        seen = has_purges_.count();
    }
}

Task<> Reaper::sweep_bytes(Instant& orphans_due)
{
    CO_TRY(co_await sweep_blobs());
    if (parts_.clock_guard.earliest() >= orphans_due) {
        orphans_due = parts_.clock_guard.earliest() + kOrphansEvery;
        CO_TRY(co_await sweep_orphans());
        CO_TRY(co_await parts_.tombstones.forget());
    }
    co_return Result<>{};
}

/// Keys go before rows: from then on nothing else needs to be gone for nobody to read it.
Task<> Reaper::erase_due_keys()
{
    if (parts_.blobs.keyed_rooms().empty())
        co_return Result<>{};
    CO_TRY(auto due, co_await parts_.store.due_rooms(looked_at_, kRoomBatch));
    if (!due.empty()) {
        are_keys_going_ = true;
        co_await erase_keys_of(parts_.blobs, std::move(due));
    }
    co_return Result<>{};
}

/// Those of rooms that a change held when the keys went, and no longer when the rows did. Of the others nothing is left to erase.
net::awaitable<void> Reaper::erase_keys_left(std::vector<EndedRoom> const& ended)
{
    if (parts_.blobs.keyed_rooms().empty())
        co_return;
    auto rooms = std::vector<RoomId>{};
    for (auto const& room : ended)
        rooms.push_back(room.id);
    co_await erase_keys_of(parts_.blobs, std::move(rooms));
}

/// Keys of rooms that are gone: of a crash, of a backup, or made when their room was just ending.
Task<> Reaper::sweep_keys()
{
    auto stale = parts_.blobs.keyed_rooms();
    if (stale.empty())
        co_return Result<>{};
    CO_TRY(auto rooms, co_await parts_.store.list_rooms());
    std::ranges::sort(rooms);
    std::erase_if(stale, [&](RoomId const& room) { return std::ranges::binary_search(rooms, room); });
    co_return stale.empty() ? Result<>{} : co_await parts_.blobs.erase_keys(std::move(stale));
}

Task<std::size_t> Reaper::end_due_rooms(Late& late)
{
    auto total = std::size_t{0};
    while (!stopping_) {
        looked_at_ = parts_.clock_guard.earliest();
        CO_TRY(co_await erase_due_keys());
        CO_TRY(auto ended, co_await parts_.store.expire_rooms(looked_at_, kRoomBatch));
        if (ended.empty())
            break;
        co_await erase_keys_left(ended);
        auto const erased_at = parts_.clock_guard.earliest();
        for (auto const& room : ended) {
            announce_erased(parts_, room, EndReason::expired, erased_at);
            on_room_erased_(erased_at - room.expires_at);
            late.count(erased_at - room.expires_at);
        }
        has_purges_.give();
        stats_.rooms_ended += ended.size();
        total += ended.size();
        co_await parts_.tombstones.keep(std::move(ended), erased_at);
    }
    co_return total;
}

Task<std::size_t> Reaper::sweep_rooms()
{
    auto late = Late{};
    is_ending_ = true;
    auto const total = co_await end_due_rooms(late);
    is_ending_ = false;
    are_keys_going_ = false;
    late.tell();  // also where it was cut short: those it got to are gone
    CO_TRY(total);
    CO_TRY(co_await parts_.tombstones.note());
    co_return *total;
}

Task<std::size_t> Reaper::sweep_blobs()
{
    auto total = std::size_t{0};
    // What can't be erased now is due again later, and not in this sweep.
    auto const now = parts_.clock_guard.earliest();
    while (!stopping_) {
        CO_TRY(auto purges, co_await parts_.store.due_purges(now, kBlobBatch));
        auto const count = purges.size();
        if (count == 0)
            break;
        CO_TRY(co_await erase(std::move(purges)));
        total += count;
    }
    // Else it is done once the rooms are.
    if (total > 0 && !is_ending_) {
        CO_TRY(co_await parts_.tombstones.note());
    }
    co_return total;
}

Task<> Reaper::erase(std::vector<Purge> purges)
{
    auto keys = std::vector<BlobKey>{};
    keys.reserve(purges.size());
    for (auto const& purge : purges)
        keys.push_back(purge.blob);
    CO_TRY(auto gone, co_await parts_.blobs.erase(keys));
    std::ranges::sort(gone);
    stats_.blobs_erased += gone.size();
    CO_TRY(co_await parts_.store.finish_purges(gone));
    for (auto const& key : keys) {
        if (std::ranges::binary_search(gone, key))
            continue;
        ++stats_.erase_failures;
        CO_TRY(co_await parts_.store.postpone_purge(key, parts_.clock_guard.earliest() + kRetryPurgeAfter));
    }
    co_return Result<>{};
}

/// Whether another node may be about to write its row.
bool Reaper::is_young(BlobKey const& key) const
{
    return parts_.blobs.is_shared() && parts_.clock_guard.earliest() - crypto::made_at(key) < kLongestBirth;
}

Task<std::size_t> Reaper::sweep_orphans()
{
    CO_TRY(co_await sweep_keys());
    CO_TRY(auto const stored, co_await parts_.blobs.list());
    auto const nascent = parts_.live.nascent.list();
    auto const ended = stats_.rooms_ended.load();
    auto total = std::size_t{0};
    auto unreadable = std::ptrdiff_t{0};
    for (auto at = stored.begin(); at != stored.end();) {
        auto const end = at + std::min<std::ptrdiff_t>(kBlobBatch, stored.end() - at);
        auto lost = std::vector<BlobKey>{};
        std::copy_if(at, end, std::back_inserter(lost), [&](BlobKey const& key) { return parts_.blobs.lacks_key(key); });
        CO_TRY(auto orphans, co_await parts_.store.unknown_blobs({at, end}));
        unreadable +=
            std::ranges::count_if(lost, [&](BlobKey const& key) { return std::ranges::find(orphans, key) == orphans.end(); });
        std::erase_if(orphans,
                      [&](BlobKey const& key) { return std::ranges::find(nascent, key) != nascent.end() || is_young(key); });
        if (!orphans.empty()) {
            CO_TRY(auto const gone, co_await parts_.blobs.erase(std::move(orphans)));
            total += gone.size();
        }
        at = end;
    }
    // A room that ended meanwhile lost its key before its rows.
    if (unreadable > 0 && !are_keys_going_ && ended == stats_.rooms_ended)
        log::error("keys_missing", std::to_string(unreadable) +
                                       " files of living rooms are encrypted, and their key isn't in the file "
                                       "keys: is it the one of this data folder? Without it nobody can read them");
    stats_.blobs_erased += total;
    co_return total;
}

net::awaitable<void> Reaper::sleep(bool failed, std::uint64_t seen)
{
    auto patience = kLongestSleep;
    if (auto const next = co_await parts_.store.next_expiry(); !failed && next && *next)
        patience = **next <= looked_at_ ? kHeldRoomPause
                                        : std::clamp(**next - parts_.clock_guard.earliest(), Milliseconds{0}, kLongestSleep);
    co_await woken_.wait(seen, patience);
}

void Reaper::wake()
{
    woken_.give();
    has_purges_.give();
}

void Reaper::stop()
{
    stopping_ = true;
    wake();
}

}  // namespace fleeting
