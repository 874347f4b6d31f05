#pragma once

#include "async/blocking_pool.hpp"
#include "async/signal.hpp"
#include "base/clock.hpp"
#include "ports/blob_store.hpp"
#include "ports/event_bus.hpp"
#include "ports/metadata_store.hpp"
#include "ports/scanner.hpp"
#include "service/linked_files.hpp"
#include "service/live_uploads.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace fleeting {

struct ScanParts {
    MetadataStore& store;
    BlobStore& blobs;
    EventBus& bus;
    Clock const& clock;
    Scanner& scanner;
    BlockingPool& pool;  ///< the scanner's calls run here
    LinkedFiles& linked_files;
    LiveUploads& live;
    std::function<void()> wake_reaper;  ///< there is something to erase
};

struct ScanSettings {
    ByteCount most{25ULL << 20};        ///< larger files aren't sent to the scanner …
    bool offers_larger = false;         ///< … and are offered with a mark, or wait
    Milliseconds claim{30'000};         ///< so long after a node died another takes its file up
    Milliseconds patience{3 * 60'000};  ///< for the scanner to take some bytes, or to answer
};

struct ScanStats {
    std::atomic<std::uint64_t> clean{0};
    std::atomic<std::uint64_t> infected{0};
    std::atomic<std::uint64_t> skipped{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> waiting{0};   ///< files now, of all nodes
    std::atomic<std::int64_t> oldest_ms{0};  ///< how long the one that waits longest has been complete
    std::atomic<bool> is_away{false};        ///< the scanner, when it was last asked
};

/// Has complete files scanned, and offers or removes them (docs/adr/0021). What waits stands in the database: any node takes it
/// up, and after a restart none is forgotten. Thread-safe.
class ScanService {
public:
    ScanService(ScanParts parts, ScanSettings settings) : parts_(std::move(parts)), settings_(settings) {}

    /// Scans one file after another until `stop`. Run it as often as files are to be scanned at once. Never throws, backs off
    /// while the scanner is away.
    net::awaitable<void> run();
    /// Keeps the stats of what waits fresh until `stop`.
    net::awaitable<void> watch();
    void stop();
    [[nodiscard]] ScanStats const& stats() const { return stats_; }

    /// Scans the file whose turn it is. False where there is none.
    /// errors    unavailable (the scanner or the database is away: nothing has changed)
    Task<bool> scan_next();
    /// One look of `watch`.
    Task<> look();

private:
    /// The right to scan a file.
    struct Claim {
        FileEntry file;
        Instant until;
    };

    Task<> hold(Claim& claim);
    Task<> insist(Claim& claim, std::function<Result<bool>()> step);
    Task<> send(Claim& claim, BlobReader const& reader, FileScan& scan);
    Task<Verdict> scan(Claim& claim, FileScan& scan);
    Task<> settle(Claim const& claim, Result<Verdict> const& verdict);
    Task<> offer(Claim const& claim, Scan outcome);
    Task<> remove(Claim const& claim, std::string const& found);
    Task<> postpone(Claim const& claim, std::string why);
    void note_away(bool is_away, std::string const& why);

    ScanParts parts_;
    ScanSettings settings_;
    ScanStats stats_;
    std::atomic<bool> stopping_{false};
    Signal woken_;
};

/// What to tell of a file that isn't there: `error`, or that it was removed as infected.
/// what      its id in hex, or its name
net::awaitable<Error> why_absent(ScanStore& store, RoomId room, std::string what, Error error);

}  // namespace fleeting
