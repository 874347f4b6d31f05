#pragma once

#include "api/metrics.hpp"
#include "app/settings.hpp"
#include "crypto/hmac.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "ports/rate_limiter.hpp"
#include "service/cutoffs.hpp"
#include "service/link_keys.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace fleeting::app {

struct PeersParts {
    MetadataStore& store;
    BlobStore const& blobs;
    Clock const& clock;
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
};

/// What a node has to do with its equals: keys of links and a clock that agree, by the database; events and rate limits, through
/// Redis where its address is set, else its own alone.
class Peers {
public:
    /// master   the same on every node
    /// errors   unavailable, with what to do: settings that can't work together, no key to sign links with
    static Result<std::unique_ptr<Peers>> open(Settings const& settings, PeersParts parts, crypto::HmacKey const& master);
    ~Peers();

    [[nodiscard]] ClockGuard const& clock_guard() const;
    [[nodiscard]] LinkKeys const& link_keys() const;
    [[nodiscard]] EventBus& bus();
    [[nodiscard]] RateLimiter& limiter();
    /// Told and heard from here on; what looks at rooms, keys and the clock does so on `executor`'s thread.
    void start(net::any_io_executor const& executor);
    /// Has this node look at its rooms at once, where other nodes may have changed them.
    void look_at_rooms();
    /// Whether there may be other nodes.
    [[nodiscard]] bool has_others() const;
    /// Ends that looking. Idempotent.
    void stop_watching();
    /// Nothing is heard any more. Idempotent.
    void stop();
    /// Whether Redis answers and is heard; nothing where none is set.
    [[nodiscard]] std::optional<bool> has_redis() const;
    /// Figures for operators; none where there is no Redis.
    [[nodiscard]] std::vector<api::Reading> readings() const;

private:
    struct Parts;
    explicit Peers(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace fleeting::app
