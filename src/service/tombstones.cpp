#include "service/tombstones.hpp"

#include "base/log.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace fleeting {
namespace {

// A batch is one transaction, and who writes waits for it.
constexpr auto kNoteBatch = std::ptrdiff_t{2'000};

HolderId holder_of(TokenHash const& session, std::string_view name_key)
{
    auto both = std::vector<std::byte>(session.raw.begin(), session.raw.end());
    auto const name = std::as_bytes(std::span{name_key});
    both.insert(both.end(), name.begin(), name.end());
    return HolderId{crypto::sha256(both).raw};
}

}  // namespace

Task<std::vector<EndedMark>> Tombstones::known()
{
    CO_TRY(auto const rows, co_await parts_.store.list_tombstones());
    auto marks = std::vector<EndedMark>{};
    for (auto const& row : rows)
        marks.push_back({row.room, row.ended_at});
    if (parts_.keeper != nullptr) {
        CO_TRY(auto const kept, co_await parts_.keeper->list());
        // On a full disk they stay missing until the next start: the database has them.
        if (auto const added = co_await keep_missing(kept, marks); !added) {
            if (added.error().code != Errc::storage_full)
                co_return fail(added.error());
            log::warning("tombstone_not_kept", added.error().detail);
        }
        marks.insert(marks.end(), kept.begin(), kept.end());
    }
    co_return marks;
}

Task<> Tombstones::keep_missing(std::vector<EndedMark> const& kept, std::vector<EndedMark> const& known)
{
    auto there = std::unordered_set<RoomId>{};
    for (auto const& mark : kept)
        there.insert(mark.room);
    auto missing = std::vector<EndedMark>{};
    for (auto const& mark : known)
        if (!there.contains(mark.room))
            missing.push_back(mark);
    co_return co_await parts_.keeper->keep(std::move(missing), parts_.clock.now() + longest_);
}

Task<std::size_t> Tombstones::apply()
{
    CO_TRY(auto const marks, co_await known());
    if (marks.empty())
        co_return std::size_t{0};  // a start doesn't go through all rooms for nothing
    auto ended_at = std::unordered_map<RoomId, Instant>{};
    for (auto const& mark : marks)
        ended_at.emplace(mark.room, mark.ended_at);
    CO_TRY(auto const rooms, co_await parts_.store.list_rooms());
    auto total = std::size_t{0};
    for (auto const& room : rooms) {
        auto const found = ended_at.find(room);
        if (found == ended_at.end())
            continue;
        // Another node may be faster.
        auto const ended = co_await parts_.store.end_room(room, found->second);
        if (!ended && ended.error().code != Errc::not_found)
            co_return fail(ended.error());
        total += ended ? 1 : 0;
    }
    if (total > 0)
        log::warning("ended_rooms_came_back", std::to_string(total) + " rooms of a backup had ended: erased again");
    co_return total;
}

net::awaitable<void> Tombstones::keep(std::vector<EndedRoom> rooms, Instant now)
{
    if (parts_.keeper == nullptr || rooms.empty())
        co_return;
    auto marks = std::vector<EndedMark>{};
    for (auto const& room : rooms)
        marks.push_back({room.id, std::min(now, room.expires_at)});
    if (auto const kept = co_await parts_.keeper->keep(std::move(marks), now + longest_); !kept)
        log::warning("tombstone_not_kept", kept.error().detail);
}

Task<Tombstone> Tombstones::find(std::string const& name_key, std::vector<TokenHash> const& sessions)
{
    auto holders = std::vector<HolderId>{};
    for (auto const& session : sessions)
        holders.push_back(holder_of(session, name_key));
    co_return co_await parts_.store.find_tombstone(std::move(holders), parts_.clock.now() - Tombstone::kKept);
}

Task<> Tombstones::note()
{
    CO_TRY(auto open, co_await parts_.store.list_open_tombstones());
    // The time is read behind what was seen: nothing is told to be gone before it was.
    auto const now = parts_.clock.now();
    for (auto at = open.begin(); at != open.end();) {
        auto const end = at + std::min<std::ptrdiff_t>(kNoteBatch, open.end() - at);
        CO_TRY(co_await parts_.store.note_erasures({at, end}, now));
        at = end;
    }
    co_return Result<>{};
}

Task<> Tombstones::forget()
{
    auto const now = parts_.clock.now();
    CO_TRY(co_await parts_.store.forget_tombstones(now - Tombstone::kKept));
    if (parts_.keeper != nullptr) {
        CO_TRY(co_await parts_.keeper->forget(now));
    }
    co_return Result<>{};
}

}  // namespace fleeting
