#include "service/link_keys.hpp"

#include "base/log.hpp"
#include "crypto/random.hpp"

#include <algorithm>

namespace fleeting {
namespace {

constexpr auto kDay = std::chrono::hours{24};
constexpr auto kAcceptedAfter = std::chrono::hours{1};
constexpr auto kRefreshEvery = Milliseconds{30'000};
// So long a deployment may have been asleep, and yet finds and erases every key of before.
constexpr auto kEraseDays = std::uint32_t{7};

std::string name_of(std::uint32_t id)
{
    return "link_key_" + std::to_string(id);
}

}  // namespace

LinkKeys::LinkKeys(SettingsStore& store, ClockGuard& clock_guard, Clock const& clock)
    : store_(store), clock_guard_(clock_guard), clock_(clock)
{
}

std::uint32_t LinkKeys::today() const
{
    return static_cast<std::uint32_t>(clock_.now().time_since_epoch() / kDay);
}

bool LinkKeys::is_over(std::uint32_t id) const
{
    auto const replaced_at = Instant{(std::int64_t{id} + 1) * kDay};
    return clock_.now() >= replaced_at + kAcceptedAfter;
}

Task<> LinkKeys::refresh()
{
    auto const day = today();
    for (auto const id : {day, day + 1}) {
        if (!find(id)) {
            CO_TRY(co_await get(id));
        }
    }
    // After a start it may still be the hour of yesterday's.
    if (!is_over(day - 1) && !find(day - 1)) {
        CO_TRY(co_await get(day - 1));
    }
    co_return co_await erase_old();
}

Task<> LinkKeys::get(std::uint32_t id)
{
    auto key = std::array<std::byte, 32>{};
    crypto::fill_random(key);
    CO_TRY(auto const hex, co_await store_.get_or_insert(name_of(id), to_hex(key)));
    if (!parse_hex(hex, key))
        co_return fail(Errc::unavailable, "a key of links in the database is damaged: remove the setting " + name_of(id));
    auto const lock = std::scoped_lock{mutex_};
    keys_.emplace(id, crypto::HmacKey{key});
    co_return Result<>{};
}

Task<> LinkKeys::erase_old()
{
    // Where the clock is off this may be the key of today.
    if (!clock_guard_.check())
        co_return Result<>{};
    {
        auto const lock = std::scoped_lock{mutex_};
        std::erase_if(keys_, [this](auto const& kept) { return is_over(kept.first); });
    }
    erase_from_ = std::max(erase_from_, today() - kEraseDays);
    while (is_over(erase_from_)) {
        CO_TRY(co_await store_.remove_setting(name_of(erase_from_)));
        ++erase_from_;
    }
    co_return Result<>{};
}

std::optional<crypto::HmacKey> LinkKeys::find(std::uint32_t id) const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const found = keys_.find(id);
    return found == keys_.end() ? std::nullopt : std::optional{found->second};
}

Result<LinkKeys::Newest> LinkKeys::newest() const
{
    TRY(clock_guard_.check());
    auto const id = today();
    auto const key = find(id);
    if (!key)
        return fail(Errc::unavailable, "no key to sign links with: the database has been away for a day");
    return Newest{id, *key};
}

std::optional<crypto::HmacKey> LinkKeys::accepted(std::uint32_t id) const
{
    return is_over(id) ? std::nullopt : find(id);
}

net::awaitable<void> LinkKeys::run()
{
    while (!stopping_) {
        co_await woken_.wait(woken_.count(), kRefreshEvery);
        if (stopping_)
            co_return;
        if (auto const compared = co_await clock_guard_.compare(); !compared)
            log::debug("clock_not_compared", compared.error().detail);
        if (auto const refreshed = co_await refresh(); !refreshed)
            log::warning("link_keys_not_refreshed", refreshed.error().detail);
    }
}

void LinkKeys::stop()
{
    stopping_ = true;
    woken_.give();
}

}  // namespace fleeting
