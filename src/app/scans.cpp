#include "app/scans.hpp"

#include "async/run_blocking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fleeting::app {
namespace {

// Files that are scanned at once. clamd has ten threads unless told, for all nodes.
constexpr auto kAtOnce = std::size_t{3};
constexpr auto kMostWaiting = std::size_t{64};

}  // namespace

// A thread more, for who asks how the scanner is. However many do: they wait, and no scan is refused for it.
Scans::Scans() : pool_("scan", kAtOnce + 1, kMostWaiting) {}

Result<std::unique_ptr<Scans>> Scans::open(Settings const& settings, ScansParts parts)
{
    auto scans = std::unique_ptr<Scans>{new Scans};
    TRY(run_blocking(parts.store.turn_scans(settings.uploads.scans)));
    if (!settings.uploads.scans)
        return scans;
    TRY(auto address, clamav::parse_address(settings.scan_socket));
    scans->clamd_.emplace(std::move(address));
    scans->service_.emplace(ScanParts{parts.store, parts.blobs, parts.bus, parts.clock, *scans->clamd_, scans->pool_,
                                      parts.linked_files, parts.live, std::move(parts.wake_reaper)},
                            settings.scan);
    return scans;
}

void Scans::start(net::any_io_executor const& executor)
{
    if (!service_)
        return;
    for (auto i = std::size_t{0}; i < kAtOnce; ++i)
        net::co_spawn(executor, service_->run(), net::detached);
    net::co_spawn(executor, service_->watch(), net::detached);
}

void Scans::stop()
{
    if (service_)
        service_->stop();
}

std::vector<api::Reading> Scans::readings() const
{
    if (!service_)
        return {};
    auto const& stats = service_->stats();
    auto const of = [](auto const& value) { return [&value] { return static_cast<double>(value.load()); }; };
    return {
        {"fleeting_scans_clean_total", "Files that the virus scanner found clean.", true, of(stats.clean)},
        {"fleeting_scans_infected_total", "Files that were removed as infected.", true, of(stats.infected)},
        {"fleeting_scans_skipped_total", "Files that were offered unscanned, as they are too large.", true, of(stats.skipped)},
        {"fleeting_scan_failures_total", "Scans that failed; the file waits and is tried again.", true, of(stats.failures)},
        {"fleeting_scans_waiting", "Files that wait to be found clean, of all nodes.", false, of(stats.waiting)},
        {"fleeting_scan_oldest_wait_seconds", "How long the first of them has been complete.", false,
         [&stats] { return static_cast<double>(stats.oldest_ms.load()) / 1'000; }},
    };
}

Task<std::string> Scans::version()
{
    co_return co_await pool_.run([this] { return clamd_->version_blocking(); });
}

}  // namespace fleeting::app
