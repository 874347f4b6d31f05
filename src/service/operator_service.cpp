#include "service/operator_service.hpp"

#include "base/log.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"
#include "crypto/sha256.hpp"
#include "domain/names.hpp"

#include <algorithm>

namespace fleeting {
namespace {

// The setting that changes with everything an operator does.
constexpr auto kNews = "operator_news";
// Of each kind. A range is compared with every request's address.
constexpr auto kMostBlocks = std::size_t{1'000};
constexpr auto kFileBatch = std::size_t{100};
constexpr auto kBlobBatch = std::size_t{500};
constexpr auto kTick = Milliseconds{250};
// An upload that was about to be complete when a block came may be so just behind the first look for such files.
constexpr auto kOnceMoreAfter = Milliseconds{1'000};
constexpr auto kAnywayEvery = Milliseconds{30'000};

/// What the log may hold of a block: a whole address, or a range of one household's, stands nowhere in it.
std::string told_of(Block const& block)
{
    if (!block.range)
        return "a file";
    auto const around = block.range->neighbourhood();
    return (around.prefix == block.range->prefix ? "" : "a range in ") + around.text();
}

}  // namespace

bool OperatorService::is_token(std::string_view shown) const
{
    // Digests, so that the length isn't told either.
    auto const digest = [](std::string_view text) { return crypto::sha256(std::as_bytes(std::span{text})); };
    return has_token() && crypto::equal_in_constant_time(digest(shown).bytes(), digest(parts_.token).bytes());
}

Task<std::vector<RoomSummary>> OperatorService::rooms(std::size_t most)
{
    co_return co_await parts_.store.summarize_rooms(parts_.clock.now(), most);
}

Task<RoomTotals> OperatorService::totals()
{
    co_return co_await parts_.store.count_rooms(parts_.clock.now());
}

Task<> OperatorService::end_room(RoomId room)
{
    CO_TRY(co_await parts_.rooms.end(room));
    log::info("operator_ended_room", room.hex());
    // It has ended, whether or not other nodes are told: they look by themselves, a little later.
    if (auto const told = co_await tell(); !told)
        log::warning("operator_news_failed", told.error().detail);
    co_return Result<>{};
}

Task<> OperatorService::end_room_named(std::string name)
{
    CO_TRY(auto const parsed, parse_room_name(name));
    CO_TRY(auto const room, co_await parts_.store.find_room(parsed.key, parts_.clock.now()));
    co_return co_await end_room(room.id);
}

Task<std::string> OperatorService::block(std::string text)
{
    CO_TRY(auto block, parse_block(text));
    block.created_at = parts_.clock.now();
    auto value = block.value;
    auto const told = told_of(block);
    CO_TRY(co_await parts_.store.add_block(std::move(block), kMostBlocks));
    log::info("operator_blocked", told);
    CO_TRY(co_await tell());
    CO_TRY(co_await apply());
    co_return value;
}

Task<> OperatorService::unblock(std::string text)
{
    CO_TRY(auto const block, parse_block(text));
    CO_TRY(co_await parts_.store.remove_block(block.value));
    log::info("operator_unblocked", told_of(block));
    CO_TRY(co_await tell());
    co_return co_await apply();
}

Task<std::vector<Block>> OperatorService::blocks()
{
    co_return co_await parts_.store.list_blocks();
}

void OperatorService::drain(bool drains)
{
    parts_.rooms.refuse_new(drains);
    if (drains)
        log::info("operator_drained", "no room is opened here until it is undone");
    else
        log::info("operator_undid_drain");
}

Task<> OperatorService::tell()
{
    auto const fresh = crypto::random_id<FixedBytes<struct NewsTag, 16>>().hex();
    CO_TRY(co_await parts_.store.exchange(kNews, fresh));
    is_asked_ = true;
    woken_.give();
    co_return Result<>{};
}

Task<> OperatorService::apply()
{
    CO_TRY(auto blocks, co_await parts_.store.list_blocks());
    parts_.blocks.replace(std::move(blocks));
    CO_TRY(co_await remove_blocked_files());
    co_return co_await cut_deliveries();
}

Task<> OperatorService::remove_blocked_files()
{
    while (parts_.blocks.has_digests() && !stopping_) {
        CO_TRY(auto files, co_await parts_.store.list_blocked_files(kFileBatch));
        auto const is_last = files.size() < kFileBatch;
        auto gone = std::size_t{0};
        for (auto& file : files) {
            CO_TRY(auto const was_there, co_await parts_.uploads.remove_blocked(std::move(file)));
            gone += was_there ? 1 : 0;
        }
        // Files of rooms past their deadline are the reaper's; what is behind them waits for the next look.
        if (is_last || gone == 0)
            break;
    }
    co_return Result<>{};
}

/// Whatever node removed them: an open descriptor, or bytes on their way, outlive a file's row. A ZIP that lost a file otherwise
/// can't be finished or gone on with anyway.
Task<> OperatorService::cut_deliveries()
{
    if (!parts_.blocks.has_digests())
        co_return Result<>{};
    auto const open = parts_.deliveries.blobs();
    for (auto at = open.begin(); at != open.end();) {
        auto const end = at + std::min<std::ptrdiff_t>(kBlobBatch, open.end() - at);
        CO_TRY(auto const gone, co_await parts_.store.unknown_blobs({at, end}));
        parts_.deliveries.cut(gone);
        at = end;
    }
    co_return Result<>{};
}

Task<bool> OperatorService::has_news()
{
    if (!parts_.has_others)
        co_return false;
    CO_TRY(auto now, co_await parts_.store.find_setting(kNews));
    auto const is_new = now != news_;
    news_ = std::move(now);
    co_return is_new;
}

net::awaitable<void> OperatorService::run()
{
    auto due = std::chrono::steady_clock::now() + kAnywayEvery;
    while (!stopping_) {
        auto const seen = woken_.count();
        auto const news = co_await has_news();
        auto const is_new = news && *news;
        auto const now = std::chrono::steady_clock::now();
        if (is_new)
            parts_.look_at_rooms();
        if (is_new || now >= due) {
            if (auto const applied = co_await apply(); !applied)
                log::warning("operator_blocks_failed", applied.error().detail);
            due = now + (is_new ? kOnceMoreAfter : kAnywayEvery);
        }
        if (is_asked_.exchange(false))
            due = std::min(due, now + kOnceMoreAfter);
        co_await woken_.wait(seen, parts_.has_others ? kTick : kOnceMoreAfter);
    }
}

void OperatorService::stop()
{
    stopping_ = true;
    woken_.give();
}

}  // namespace fleeting
