#include "app/peers.hpp"

#include "async/run_blocking.hpp"
#include "memory/memory_event_bus.hpp"
#include "memory/memory_rate_limiter.hpp"
#include "redis/redis_event_bus.hpp"
#include "redis/redis_rate_limiter.hpp"
#include "service/remote_changes.hpp"
#include "service/room_watch.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iterator>

namespace fleeting::app {
namespace {

constexpr auto kChannel = "fleeting:events";

}  // namespace

struct Peers::Parts {
    Parts(Settings const& settings, PeersParts const& given)
        : clock_guard(given.store, given.clock), link_keys(given.store, clock_guard, given.clock),
          local_bus(settings.event_streams_per_session), remote({local_bus, given.cutoffs, given.linked_files, given.live})
    {
    }

    ClockGuard clock_guard;
    LinkKeys link_keys;
    memory::MemoryEventBus local_bus;
    memory::MemoryRateLimiter local_limiter;
    RemoteChanges remote;
    std::unique_ptr<redis::RedisEventBus> bus;
    std::unique_ptr<redis::Client> client;
    std::unique_ptr<redis::RedisRateLimiter> limiter;
    std::unique_ptr<RoomWatch> watch;

    void open_redis(redis::Address address, Clock const& clock, crypto::HmacKey const& master);
    void open_watch(PeersParts const& given);
    [[nodiscard]] std::vector<api::Reading> redis_readings() const;
};

void Peers::Parts::open_watch(PeersParts const& given)
{
    auto const is_told = [this] { return client && client->is_connected(); };
    watch = std::make_unique<RoomWatch>(
        RoomWatchParts{given.store, given.clock, local_bus, given.cutoffs, given.linked_files, given.live, is_told});
}

void Peers::Parts::open_redis(redis::Address address, Clock const& clock, crypto::HmacKey const& master)
{
    auto listener =
        redis::Listener{kChannel, [this](std::string const& message) { bus->hear(message); }, [this] { bus->beat(); }};
    client = std::make_unique<redis::Client>(std::move(address), std::move(listener));
    auto const on_event = [this](RoomId room, Event const& event) { remote.apply(room, event); };
    bus = std::make_unique<redis::RedisEventBus>(redis::RedisEventBusParts{local_bus, *client, clock, on_event},
                                                 crypto::derive_key(master, "node-events"));
    limiter = std::make_unique<redis::RedisRateLimiter>(local_limiter, *client, crypto::derive_key(master, "rate-limits"));
}

std::vector<api::Reading> Peers::Parts::redis_readings() const
{
    auto const of = [](auto const& count) { return [&count] { return static_cast<double>(count.load()); }; };
    auto const& stats = client->stats();
    return {
        {"fleeting_redis_connected",
         "1 while Redis answers and is heard; else limits are this node's own and rooms are looked at.", false,
         [c = client.get()] { return c->is_connected() ? 1.0 : 0.0; }},
        {"fleeting_redis_connects_total", "Connections made to Redis.", true, of(stats.connects)},
        {"fleeting_redis_published_total", "Messages to other nodes.", true, of(stats.published)},
        {"fleeting_redis_dropped_total", "Messages to other nodes that Redis wasn't there for.", true, of(stats.dropped)},
        {"fleeting_redis_received_total", "Messages heard, this node's own included.", true, of(stats.received)},
        {"fleeting_redis_unanswered_total", "Calls that Redis didn't answer in time, or wasn't there for.", true,
         of(stats.unanswered)},
    };
}

Peers::Peers(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Peers::~Peers()
{
    stop();
}

Result<std::unique_ptr<Peers>> Peers::open(Settings const& settings, PeersParts given, crypto::HmacKey const& master)
{
    auto parts = std::make_unique<Parts>(settings, given);
    if (!settings.redis_url.empty()) {
        if (settings.database_url.empty())
            return fail(Errc::unavailable,
                        "FLEETING_REDIS_URL is for several nodes, and these need a database that they share: set "
                        "FLEETING_DATABASE_URL too, or neither");
        TRY(auto address, redis::parse_address(settings.redis_url));
        parts->open_redis(std::move(address), given.clock, master);
    }
    if (!settings.redis_url.empty() || given.blobs.is_shared())
        parts->open_watch(given);
    TRY(run_blocking(parts->clock_guard.compare()));
    TRY(run_blocking(parts->link_keys.refresh()));
    return std::unique_ptr<Peers>{new Peers{std::move(parts)}};
}

ClockGuard const& Peers::clock_guard() const
{
    return parts_->clock_guard;
}

LinkKeys const& Peers::link_keys() const
{
    return parts_->link_keys;
}

EventBus& Peers::bus()
{
    return parts_->bus ? static_cast<EventBus&>(*parts_->bus) : parts_->local_bus;
}

RateLimiter& Peers::limiter()
{
    return parts_->limiter ? static_cast<RateLimiter&>(*parts_->limiter) : parts_->local_limiter;
}

void Peers::start(net::any_io_executor const& executor)
{
    if (parts_->client)
        parts_->client->start();
    if (parts_->watch)
        net::co_spawn(executor, parts_->watch->run(), net::detached);
    net::co_spawn(executor, parts_->link_keys.run(), net::detached);
}

void Peers::look_at_rooms()
{
    if (parts_->watch)
        parts_->watch->look_soon();
}

bool Peers::has_others() const
{
    return parts_->watch != nullptr;
}

void Peers::stop_watching()
{
    if (parts_->watch)
        parts_->watch->stop();
    parts_->link_keys.stop();
}

void Peers::stop()
{
    if (parts_->client)
        parts_->client->stop();
}

std::optional<bool> Peers::has_redis() const
{
    return parts_->client ? std::optional{parts_->client->is_connected()} : std::nullopt;
}

std::vector<api::Reading> Peers::readings() const
{
    auto all = std::vector<api::Reading>{
        {"fleeting_clock_offset_seconds", "How far this node's clock is ahead of the database's.", false,
         [guard = &parts_->clock_guard] { return static_cast<double>(guard->offset().count()) / 1000; }}};
    if (parts_->watch)
        all.push_back({"fleeting_room_looks_total",
                       "Looks at the rooms in use for what other nodes changed: one a second while Redis is away.", true,
                       [watch = parts_->watch.get()] { return static_cast<double>(watch->looks()); }});
    if (parts_->client)
        std::ranges::move(parts_->redis_readings(), std::back_inserter(all));
    return all;
}

}  // namespace fleeting::app
