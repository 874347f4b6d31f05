#include "app/node.hpp"

#include "api/admin.hpp"
#include "api/metrics.hpp"
#include "api/problems.hpp"
#include "app/blobs.hpp"
#include "app/idle_memory.hpp"
#include "app/metadata.hpp"
#include "app/node_health.hpp"
#include "app/page_assets.hpp"
#include "app/peers.hpp"
#include "app/scans.hpp"
#include "async/run_blocking.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "disk/tombstone_folder.hpp"
#include "service/archive_service.hpp"
#include "service/reaper.hpp"
#include "service/receipts.hpp"
#include "service/tombstones.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace fleeting::app {
namespace {

constexpr auto kDiskThreads = std::size_t{4};
constexpr auto kMostDiskWaiting = std::size_t{4096};
constexpr auto kMostLayoutsWaiting = std::size_t{256};

/// Names this run of the machine. Where the system hides it, a fresh one: then every start counts as after a power loss, which
/// may cost some bytes sent again, never a wrong one.
std::string boot_id()
{
    auto id = std::string{};
    std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
    return id.empty() ? crypto::random_id<FixedBytes<struct BootIdTag, 16>>().hex() : id;
}

/// What the keys of openers and of what nodes tell each other are derived from: made once, kept in the database, the same for as
/// long as rooms live.
Result<crypto::HmacKey> master_key(MetadataStore& store)
{
    auto fresh = std::array<std::byte, 32>{};
    crypto::fill_random(fresh);
    TRY(auto const hex, run_blocking(store.get_or_insert("link_key", to_hex(fresh))));
    auto master = std::array<std::byte, 32>{};
    if (!parse_hex(hex, master))
        return fail(Errc::unavailable, "the key in the database is damaged: remove the setting link_key to make a new one");
    return crypto::HmacKey{master};
}

/// The first of those whom security.txt names.
std::string report_to(Settings const& settings)
{
    return settings.api.security_contacts.empty() ? std::string{} : settings.api.security_contacts.front();
}

/// Which of the listeners couldn't be had. What is another setting's fault names that itself.
Result<std::unique_ptr<http::Server>> as_set_by(std::string const& key, Result<std::unique_ptr<http::Server>> opened)
{
    if (!opened && opened.error().field.empty())
        return fail(std::move(opened).error().while_doing(name_of(key)));
    return opened;
}

}  // namespace

struct Node::Parts {
    explicit Parts(Settings s) : settings(std::move(s)) {}

    Settings settings;
    SystemClock clock;
    BlockingPool disk_pool{"disk", kDiskThreads, kMostDiskWaiting};
    BlockingPool layout_pool{"layout", 1, kMostLayoutsWaiting};
    BlockingPool hash_pool{"hash", settings.hash_workers, settings.hash_workers + settings.hash_queue, settings.hash_patience};
    Metadata metadata;
    std::unique_ptr<postgres::SoleLock> sole_lock;
    Blobs blobs;
    Cutoffs cutoffs;
    LinkedFiles linked_files{settings.linked_files};
    LiveUploads live;
    BlockList blocks;
    Deliveries deliveries;
    std::unique_ptr<Peers> peers;
    DigestWorkers digest_workers{std::max(1U, std::thread::hardware_concurrency())};
    PageAssets page{settings.server.base_path, settings.web_dir, report_to(settings)};
    std::optional<api::Metrics> metrics;
    std::unique_ptr<disk::TombstoneFolder> keeper;
    std::optional<Tombstones> tombstones;
    std::optional<Receipts> receipts;
    std::optional<Reaper> reaper;
    std::optional<RoomService> rooms;
    std::optional<api::MemberLists> members;
    std::optional<UploadService> uploads;
    std::optional<DirectUploadService> direct;
    std::optional<DownloadService> downloads;
    std::optional<ArchiveService> archives;
    std::optional<Takings> takings;
    Previews previews;
    std::unique_ptr<Scans> scans;
    std::optional<OperatorService> operator_service;
    std::optional<api::ApiContext> api;
    std::optional<api::AdminContext> admin;
    std::atomic<bool> is_draining{false};
    std::atomic<bool> has_failed{false};
    http::Router router{api::to_response};
    http::Router metrics_router{api::to_response};
    http::Router admin_router{api::to_response};
    std::unique_ptr<http::Server> server;
    std::unique_ptr<http::Server> metrics_server;
    std::unique_ptr<http::Server> admin_server;

    Result<> open_stores();
    Result<> open_tombstones();
    void give_up(std::string_view why);
    Result<> make_services();
    void make_api();
    Task<> check_ready();
    Result<std::unique_ptr<http::Server>> open_side(std::string const& key, std::string const& listen,
                                                    http::Router const& routes);
    Result<> open_servers();
    net::awaitable<void> prepare_dummy_hash();
    std::vector<api::Reading> readings();
};

Result<> Node::Parts::open_stores()
{
    auto folder = std::optional<disk::Descriptor>{};
    if (needs_data_folder(settings)) {
        TRY(folder, disk::open_data_folder(settings.data_dir));
    }
    TRY(metadata, open_metadata(settings));
    TRY(sole_lock, take_sole_lock(settings, [this] {
            give_up("another node took the database over, whose files aren't in this data folder");
        }));
    TRY(blobs, open_blobs(settings, std::move(folder), disk_pool, *metadata.store));
    return {};
}

Result<> Node::Parts::open_tombstones()
{
    auto folder = settings.tombstone_dir;
    if (folder.empty() && needs_data_folder(settings))
        folder = settings.data_dir + "/tombstones";
    if (!folder.empty()) {
        TRY(keeper, disk::TombstoneFolder::open(folder, disk_pool, settings.uploads.sync));
    }
    tombstones.emplace(TombstoneParts{*metadata.store, keeper.get(), clock}, settings.rooms.limits.ttl_max);
    TRY(run_blocking(tombstones->apply()));
    return {};
}

/// Ends the process as an operator would, but for its code.
void Node::Parts::give_up(std::string_view why)
{
    log::error("giving_up", why);
    has_failed = true;
    ::kill(::getpid(), SIGTERM);
}

Result<> Node::Parts::make_services()
{
    TRY(auto const key, master_key(*metadata.store));
    settings.uploads.scans = !settings.scan_socket.empty();
    if (settings.uploads.scans && !settings.scan.offers_larger)
        settings.rooms.largest_file = settings.scan.most;
    settings.rooms.limits.file_size = std::min(settings.rooms.limits.file_size, settings.rooms.largest_file);
    TRY(peers, Peers::open(settings, {*metadata.store, *blobs.store, clock, cutoffs, linked_files, live}, key));
    auto& bus = peers->bus();
    auto const wake = [this] { reaper->wake(); };
    TRY(scans, Scans::open(settings, {*metadata.store, *blobs.store, bus, clock, linked_files, live, wake}));
    auto figures = readings();
    std::ranges::move(blobs.readings, std::back_inserter(figures));
    metrics.emplace(std::move(figures));
    reaper.emplace(
        ReaperParts{*metadata.store, *blobs.store, bus, peers->clock_guard(), cutoffs, linked_files, live, *tombstones},
        [this](Milliseconds lateness) { metrics->room_erased(lateness); });
    rooms.emplace(RoomServiceParts{*metadata.store, *blobs.store, bus, peers->limiter(), clock, hash_pool, cutoffs, linked_files,
                                   live, *tombstones, wake},
                  settings.rooms, key);
    members.emplace(*rooms);
    uploads.emplace(
        UploadParts{*metadata.store, *blobs.store, bus, clock, disk_pool, digest_workers, linked_files, live, blocks, wake},
        settings.uploads);
    TRY(run_blocking(uploads->prepare(boot_id())));
    direct.emplace(DirectUploadServiceParts{*metadata.store, *blobs.store, bus, clock, peers->link_keys(), *uploads});
    downloads.emplace(
        DownloadParts{*metadata.store, *blobs.store, clock, linked_files, live, cutoffs, deliveries, peers->link_keys()});
    archives.emplace(*metadata.store, *blobs.store, clock, layout_pool, deliveries);
    takings.emplace(*metadata.store, bus);
    receipts.emplace(*metadata.store, *tombstones, crypto::derive_key(key, "receipt"));
    auto const look = [this] { peers->look_at_rooms(); };
    operator_service.emplace(OperatorParts{*metadata.store, clock, *rooms, *uploads, blocks, deliveries, look,
                                           peers->has_others(), settings.admin_token});
    return run_blocking(operator_service->apply());
}

Task<> Node::Parts::check_ready()
{
    if (is_draining || operator_service->is_draining())
        co_return fail(Errc::draining, "draining");
    CO_TRY(peers->clock_guard().check());
    CO_TRY(blobs.check());
    if (sole_lock) {
        CO_TRY(sole_lock->check());
    }
    co_return co_await metadata.store->check();
}

void Node::Parts::make_api()
{
    auto const find_asset = [this](std::string_view path) { return page.find(path); };
    auto const is_ready = [this] { return check_ready(); };
    api.emplace(api::ApiContext{{*rooms, *members, *uploads, *direct, *downloads, *archives, *takings, previews, *receipts,
                                 blocks, *metadata.store, peers->bus(), clock, find_asset, is_ready},
                                settings.api});
    api::add_routes(router, *api);
    api::add_metrics_routes(metrics_router, *metrics);
    auto const look = [this, is_ready] { return look_at({settings, *metadata.store, blobs, *peers, *scans, is_ready}); };
    auto const find_own = [this](std::string_view path) { return page.find_embedded(path); };
    admin.emplace(api::AdminContext{*operator_service, *metrics, clock, look, find_own, settings.version});
    api::add_admin_routes(admin_router, *admin);
}

/// A listener beside the members' own; none where it is off.
Result<std::unique_ptr<http::Server>> Node::Parts::open_side(std::string const& key, std::string const& listen,
                                                             http::Router const& routes)
{
    if (listen == "off")
        return std::unique_ptr<http::Server>{};
    auto side = http::ServerSettings{};
    side.listen = listen;
    side.threads = 1;
    return as_set_by(key, http::Server::open(side, routes, clock));
}

Result<> Node::Parts::open_servers()
{
    TRY(server, as_set_by("listen", http::Server::open(settings.server, router, clock)));
    TRY(metrics_server, open_side("metrics-listen", settings.metrics_listen, metrics_router));
    TRY(admin_server, open_side("admin-listen", settings.admin_listen, admin_router));
    return {};
}

/// What a guess at an unknown room is checked against. Made when needed, the first such guess would take twice as long, and tell.
net::awaitable<void> Node::Parts::prepare_dummy_hash()
{
    auto const made = co_await hash_pool.run([&]() -> Result<> {
        crypto::dummy_hash(settings.rooms.password_cost, settings.rooms.pepper);
        return {};
    });
    if (!made)
        log::warning("dummy_hash_failed", made.error().detail);
}

std::vector<api::Reading> Node::Parts::readings()
{
    auto const of = [](auto value) { return static_cast<double>(value); };
    auto all = std::vector<api::Reading>{
        {"fleeting_connections_open", "Connections open now.", false, [=, this] { return of(server->stats().connections_open); }},
        {"fleeting_requests_total", "Requests read.", true, [=, this] { return of(server->stats().requests); }},
        {"fleeting_received_bytes_total", "Bytes of request bodies.", true, [=, this] { return of(server->stats().bytes_in); }},
        {"fleeting_sent_bytes_total", "Bytes sent.", true, [=, this] { return of(server->stats().bytes_out); }},
        {"fleeting_rooms_expired_total", "Rooms ended at their deadline.", true,
         [=, this] { return of(reaper->stats().rooms_ended.load()); }},
        {"fleeting_blobs_erased_total", "Blobs erased.", true, [=, this] { return of(reaper->stats().blobs_erased.load()); }},
        {"fleeting_erase_failures_total", "Blobs that could not be erased at once; tried again until they are gone.", true,
         [=, this] { return of(reaper->stats().erase_failures.load()); }},
        {"fleeting_password_checks_waiting", "Password checks running or waiting.", false,
         [=, this] { return of(hash_pool.waiting()); }},
        {"fleeting_password_hashes_total", "Argon2id hashes made, to check a password or to keep one.", true,
         [=] { return of(crypto::password_hashes_made()); }},
        {"fleeting_disk_work_waiting", "Disk work running or waiting.", false,
         [=, this] { return of(disk_pool.waiting() + blobs.waiting()); }},
    };
    if (blobs.store->direct_uploads() != nullptr) {
        all.push_back({"fleeting_direct_uploads_total", "Files that went straight to the store.", true,
                       [=, this] { return of(direct->stats().completed.load()); }});
        all.push_back({"fleeting_direct_parts_total", "Parts of such files that were recorded.", true,
                       [=, this] { return of(direct->stats().parts.load()); }});
        all.push_back({"fleeting_direct_bytes_total", "Bytes of those parts, which this server has not seen.", true,
                       [=, this] { return of(direct->stats().bytes.load()); }});
    }
    if (metadata.queued)
        all.push_back({"fleeting_database_calls_waiting", "Calls that wait for a connection to the database.", false,
                       [=, this] { return of(metadata.queued()); }});
    std::ranges::move(peers->readings(), std::back_inserter(all));
    std::ranges::move(scans->readings(), std::back_inserter(all));
    return all;
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Node::~Node()
{
    stop(Milliseconds{0});
}

Result<std::unique_ptr<Node>> Node::open(Settings settings)
{
    auto parts = std::make_unique<Parts>(std::move(settings));
    TRY(parts->open_stores());
    TRY(parts->open_tombstones());
    TRY(parts->make_services());
    parts->make_api();
    TRY(parts->open_servers());
    return std::unique_ptr<Node>{new Node{std::move(parts)}};
}

void Node::start()
{
    net::co_spawn(parts_->server->executor(), parts_->reaper->run(parts_->settings.rooms.limits.ttl_max), net::detached);
    net::co_spawn(parts_->server->executor(), parts_->prepare_dummy_hash(), net::detached);
    net::co_spawn(parts_->server->executor(), give_memory_back(parts_->disk_pool), net::detached);
    net::co_spawn(parts_->server->executor(), parts_->uploads->digest_rest(), net::detached);
    net::co_spawn(parts_->server->executor(), parts_->operator_service->run(), net::detached);
    parts_->scans->start(parts_->server->executor());
    parts_->peers->start(parts_->server->executor());
    parts_->server->start();
    for (auto* const side : {parts_->metrics_server.get(), parts_->admin_server.get()})
        if (side != nullptr)
            side->start();
}

// The order of the end: nothing runs what is gone, and nothing suspended refers to it.
// 1. The servers close what is left, and their threads end. From here on no coroutine runs. Those in mid-wait (a digest that
//    follows, a checkpoint behind its request, the reaper) stay suspended in the servers' io_contexts.
// 2. The pools, the digests' threads and the database finish what they have. Each tells an io_context, which must still be there
//    and never acts on it; the work itself refers to suspended frames, so those must be there too.
// 3. The servers go, and with their io_contexts the frames. These give back locks, subscriptions and places among sleepers:
//    services and stores must still be there.
// 4. The rest goes as ~Parts has it, in the reverse order of its declaration: what uses before what is used.
void Node::stop(Milliseconds patience)
{
    if (parts_->is_draining.exchange(true))
        return;
    // A scan begun now wouldn't be done in time. All else goes on as long as transfers do: they must be cut with their room.
    parts_->scans->stop();
    parts_->server->stop(patience);
    parts_->reaper->stop();
    parts_->operator_service->stop();
    parts_->peers->stop_watching();
    for (auto* const side : {parts_->metrics_server.get(), parts_->admin_server.get()})
        if (side != nullptr)
            side->stop(Milliseconds{0});
    parts_->digest_workers.stop();
    parts_->disk_pool.stop();
    parts_->scans->end();
    parts_->blobs.stop();
    parts_->layout_pool.stop();
    parts_->hash_pool.stop();
    parts_->peers->stop();
    parts_->metadata.stop();
    if (parts_->sole_lock)
        parts_->sole_lock->stop();
    parts_->admin_server.reset();
    parts_->metrics_server.reset();
    parts_->server.reset();
}

bool Node::has_failed() const
{
    return parts_->has_failed;
}

std::uint16_t Node::port() const
{
    return parts_->server->port();
}

std::uint16_t Node::metrics_port() const
{
    return parts_->metrics_server ? parts_->metrics_server->port() : std::uint16_t{0};
}

std::uint16_t Node::admin_port() const
{
    return parts_->admin_server ? parts_->admin_server->port() : std::uint16_t{0};
}

}  // namespace fleeting::app
