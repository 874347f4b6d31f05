#include "redis/redis_event_bus.hpp"

#include "base/log.hpp"
#include "crypto/random.hpp"
#include "crypto/sealed.hpp"

#include <algorithm>
#include <ranges>

namespace fleeting::redis {
namespace {

// A clock that is further off isn't trusted; nor is what somebody has kept and tells again.
constexpr auto kOldest = Milliseconds{30'000};
// With a beat each half second: every two seconds, so that two of them may get lost before a member vanishes.
constexpr auto kBeatsToPresence = 4U;
constexpr auto kRoomBytes = sizeof(RoomId) + sizeof(std::uint32_t);

}  // namespace

/// A local subscription whose coming and going other nodes hear of.
class RedisEventBus::Stream final : public Subscription {
public:
    Stream(RedisEventBus& bus, RoomId room, std::unique_ptr<Subscription> local)
        : bus_(bus), room_(room), local_(std::move(local))
    {
        bus_.enter(room_);
    }
    ~Stream() override
    {
        local_.reset();
        bus_.leave(room_);
    }
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;

    Result<std::shared_ptr<SharedEvent const>> take() override { return local_->take(); }
    void on_news(std::function<void()> wake) override { local_->on_news(std::move(wake)); }
    [[nodiscard]] std::uint64_t seen_version() const override { return local_->seen_version(); }
    void skip_to(std::uint64_t version) override { local_->skip_to(version); }
    [[nodiscard]] bool is_gapless() const override { return local_->is_gapless(); }

private:
    RedisEventBus& bus_;
    RoomId room_;
    std::unique_ptr<Subscription> local_;
};

RedisEventBus::RedisEventBus(RedisEventBusParts parts, crypto::HmacKey const& key)
    : parts_(std::move(parts)), key_(key), self_(crypto::random_id<NodeId>())
{
}

void RedisEventBus::publish(RoomId room, Event event)
{
    parts_.local.publish(room, event);
    if (!std::holds_alternative<EventsMissed>(event.what))
        tell({self_, parts_.clock.now(), RoomEvent{room, std::move(event)}});
}

Task<std::unique_ptr<Subscription>> RedisEventBus::subscribe(RoomId room, TokenHash session, std::optional<std::uint64_t> after)
{
    CO_TRY(auto local, co_await parts_.local.subscribe(room, session, after));
    co_return std::make_unique<Stream>(*this, room, std::move(local));
}

std::vector<TokenHash> RedisEventBus::present(RoomId room) const
{
    auto sessions = parts_.local.present(room);
    auto const elsewhere = presence_.of(room);
    sessions.insert(sessions.end(), elsewhere.begin(), elsewhere.end());
    std::ranges::sort(sessions);
    auto const repeated = std::ranges::unique(sessions);
    sessions.erase(repeated.begin(), repeated.end());
    return sessions;
}

void RedisEventBus::enter(RoomId room)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        ++streams_[room];
    }
    tell_presence(room);
}

void RedisEventBus::leave(RoomId room)
{
    {
        auto const lock = std::scoped_lock{mutex_};
        if (--streams_[room] == 0)
            streams_.erase(room);
    }
    tell_presence(room);
}

RoomPresence RedisEventBus::presence_here(RoomId room) const
{
    auto sessions = parts_.local.present(room);
    if (sessions.size() > kMostSessionsTold)
        sessions.resize(kMostSessionsTold);
    return {room, std::move(sessions)};
}

void RedisEventBus::tell_presence(RoomId room)
{
    tell({self_, parts_.clock.now(), std::vector{presence_here(room)}});
}

void RedisEventBus::tell(PeerMessage message)
{
    auto const bytes = to_bytes(message);
    if (bytes.size() > kMostMessageBytes)
        return;
    auto const sealed = crypto::seal(key_, bytes);
    parts_.client.publish({reinterpret_cast<char const*>(sealed.data()), sealed.size()});
}

void RedisEventBus::hear(std::string const& message)
{
    auto const plain = crypto::unseal(key_, std::as_bytes(std::span{message}));
    auto parsed = plain ? parse_peer_message(*plain) : Result<PeerMessage>{fail(plain.error())};
    if (!parsed) {
        log::debug("peer_message_refused", parsed.error().detail);
        return;
    }
    auto const age = parts_.clock.now() - parsed->sent_at;
    if (parsed->from == self_ || age > kOldest || age < -kOldest)
        return;
    if (auto* const told = std::get_if<RoomEvent>(&parsed->what))
        parts_.on_event(told->room, std::move(told->event));
    else
        take(parsed->from, std::get<std::vector<RoomPresence>>(std::move(parsed->what)));
}

void RedisEventBus::take(NodeId from, std::vector<RoomPresence> told)
{
    for (auto& room : told) {
        auto const id = room.room;
        if (presence_.hear(from, std::move(room), parts_.clock.now()))
            parts_.local.publish(id, Event{0, MembersChanged{}});
    }
}

std::vector<RoomId> RedisEventBus::rooms_here() const
{
    auto const lock = std::scoped_lock{mutex_};
    auto const ids = std::views::keys(streams_);
    return {ids.begin(), ids.end()};
}

void RedisEventBus::beat()
{
    for (auto const& room : presence_.forget_silent(parts_.clock.now()))
        parts_.local.publish(room, Event{0, MembersChanged{}});
    if (beats_++ % kBeatsToPresence != 0)
        return;
    auto batch = std::vector<RoomPresence>{};
    auto bytes = std::size_t{0};
    auto const send = [&] {
        if (!batch.empty())
            tell({self_, parts_.clock.now(), std::exchange(batch, {})});
        bytes = 0;
    };
    for (auto const& room : rooms_here()) {
        batch.push_back(presence_here(room));
        bytes += kRoomBytes + batch.back().sessions.size() * sizeof(TokenHash);
        if (bytes > kMostMessageBytes / 4)
            send();
    }
    send();
}

}  // namespace fleeting::redis
