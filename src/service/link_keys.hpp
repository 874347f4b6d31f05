#pragma once

#include "async/signal.hpp"
#include "base/clock.hpp"
#include "crypto/hmac.hpp"
#include "ports/metadata_store.hpp"
#include "service/clock_guard.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace fleeting {

/// The keys of signed links, one for each day in UTC, which is its id. All nodes share them through the database, where whoever
/// comes first makes one, a day before it is used; so at midnight all change at once and ask nobody. A key that was replaced is
/// accepted for an hour more, and then erased. Thread-safe.
class LinkKeys {
public:
    LinkKeys(SettingsStore& store, ClockGuard& clock_guard, Clock const& clock);

    /// Gets the keys of today and tomorrow, and erases those that are over. errors: unavailable
    Task<> refresh();
    /// Compares the clock and refreshes, again and again; returns after `stop`. Never throws.
    net::awaitable<void> run();
    /// Any thread.
    void stop();

    struct Newest {
        std::uint32_t id;
        crypto::HmacKey key;
    };
    /// What to sign with. errors: unavailable (the clock is off, or no key could be got for a day)
    [[nodiscard]] Result<Newest> newest() const;
    /// The key of that id, where links by it may still be opened.
    [[nodiscard]] std::optional<crypto::HmacKey> accepted(std::uint32_t id) const;

private:
    [[nodiscard]] std::uint32_t today() const;
    [[nodiscard]] bool is_over(std::uint32_t id) const;
    [[nodiscard]] std::optional<crypto::HmacKey> find(std::uint32_t id) const;
    Task<> get(std::uint32_t id);
    Task<> erase_old();

    SettingsStore& store_;
    ClockGuard& clock_guard_;
    Clock const& clock_;
    mutable std::mutex mutex_;
    std::map<std::uint32_t, crypto::HmacKey> keys_;
    std::uint32_t erase_from_ = 0;  ///< `refresh`'s own: older ones are gone from the database
    std::atomic<bool> stopping_{false};
    Signal woken_;
};

}  // namespace fleeting
