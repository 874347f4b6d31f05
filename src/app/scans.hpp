#pragma once

#include "api/metrics.hpp"
#include "app/settings.hpp"
#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "clamav/clamd.hpp"
#include "service/scan_service.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace fleeting::app {

/// What of this node the virus scan works with.
struct ScansParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    LinkedFiles& linked_files;
    LiveUploads& live;
    std::function<void()> wake_reaper;
};

/// The virus scan of this node, where its settings name a scanner; else it does nothing.
class Scans {
public:
    /// Files wait for it from here on, or don't any more. errors: unavailable
    static Result<std::unique_ptr<Scans>> open(Settings const& settings, ScansParts parts);

    void start(net::any_io_executor const& executor);
    /// Begins no scan any more.
    void stop();
    /// Once no coroutine runs.
    void end() { pool_.stop(); }
    [[nodiscard]] std::vector<api::Reading> readings() const;
    [[nodiscard]] bool has_scanner() const { return clamd_.has_value(); }
    /// The scanner's, where there is one. One that hangs takes five seconds. errors: unavailable, busy
    Task<std::string> version();

private:
    Scans();

    BlockingPool pool_;
    std::optional<clamav::Clamd> clamd_;
    std::optional<ScanService> service_;
};

}  // namespace fleeting::app
