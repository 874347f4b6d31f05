#pragma once

#include "api/metrics.hpp"
#include "app/settings.hpp"
#include "crypto/hmac.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "ports/rate_limiter.hpp"
#include "service/cutoffs.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

#include <memory>
#include <vector>

namespace fleeting::app {

struct PeersParts {
    MetadataStore& store;
    Clock const& clock;
    Cutoffs& cutoffs;
    LinkedFiles& linked_files;
    LiveUploads& live;
};

/// What a node has to do with its equals: events and rate limits, through Redis where its address is set, else its own alone.
class Peers {
public:
    /// master   the same on every node
    /// errors   unavailable, with what to do: settings that can't work together
    static Result<std::unique_ptr<Peers>> open(Settings const& settings, PeersParts parts, crypto::HmacKey const& master);
    ~Peers();

    [[nodiscard]] EventBus& bus();
    [[nodiscard]] RateLimiter& limiter();
    /// Told and heard from here on; what looks at rooms does so on `executor`'s thread.
    void start(net::any_io_executor const& executor);
    /// Ends looking at rooms. Idempotent.
    void stop_watching();
    /// Nothing is heard any more. Idempotent.
    void stop();
    /// Figures for operators; none where there is no Redis.
    [[nodiscard]] std::vector<api::Reading> readings() const;

private:
    struct Parts;
    explicit Peers(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace fleeting::app
