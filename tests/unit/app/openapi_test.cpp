// The description and the router hold each other: every route is described, every description is routed.

#include "api/admin.hpp"
#include "api/api.hpp"
#include "api/problems.hpp"
#include "crypto/random.hpp"
#include "disk/disk_blobs.hpp"
#include "memory/memory_event_bus.hpp"
#include "memory/memory_rate_limiter.hpp"
#include "sqlite/sqlite_store.hpp"
#include "support/source_path.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

namespace fleeting {
namespace {

/// `GET /api/v1/rooms/{room}`, as the description writes it.
std::string described(http::Method method, std::string pattern)
{
    std::erase(pattern, '*');
    return std::string{http::to_string(method)} + " " + pattern;
}

struct Routes {
    std::set<std::string> members;
    std::set<std::string> operators;
};

std::set<std::string> routes_of(http::Router const& router)
{
    auto routes = std::set<std::string>{};
    for (auto const& route : router.routes())
        routes.insert(described(route.method, route.pattern));
    return routes;
}

Routes routed()
{
    auto const folder = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    auto routes = Routes{};
    {
        auto pool = BlockingPool{"test", 1, 10};
        auto clock = ManualClock{};
        auto blobs = *disk::DiskBlobs::open(*disk::open_data_folder(folder), {}, pool);
        auto store = *sqlite::SqliteStore::open(folder / "test.db");
        auto bus = memory::MemoryEventBus{};
        auto limiter = memory::MemoryRateLimiter{};
        auto cutoffs = Cutoffs{};
        auto linked_files = LinkedFiles{1};
        auto live = LiveUploads{};
        auto digest_workers = DigestWorkers{1};
        auto blocks = BlockList{};
        auto deliveries = Deliveries{};
        auto const wake = [] {};
        auto tombstones = Tombstones{{*store, nullptr, clock}, Seconds{1}};
        auto rooms = RoomService{
            {*store, *blobs, bus, limiter, clock, pool, cutoffs, linked_files, live, tombstones, wake}, {}, crypto::HmacKey{{}}};
        auto members = api::MemberLists{rooms};
        auto uploads = UploadService{{*store, *blobs, bus, clock, pool, digest_workers, linked_files, live, blocks, wake}, {}};
        auto clock_guard = ClockGuard{*store, clock};
        auto link_keys = LinkKeys{*store, clock_guard, clock};
        auto downloads = DownloadService{{*store, *blobs, clock, linked_files, live, cutoffs, deliveries, link_keys}};
        auto direct = DirectUploadService{{*store, *blobs, bus, clock, link_keys, uploads}};
        auto archives = ArchiveService{*store, *blobs, clock, pool, deliveries};
        auto takings = Takings{*store, bus};
        auto previews = Previews{};
        auto receipts = Receipts{*store, tombstones, crypto::HmacKey{{}}};
        auto const context = api::ApiContext{{rooms,
                                              members,
                                              uploads,
                                              direct,
                                              downloads,
                                              archives,
                                              takings,
                                              previews,
                                              receipts,
                                              blocks,
                                              *store,
                                              bus,
                                              clock,
                                              {},
                                              {}},
                                             {}};
        auto router = http::Router{api::to_response};
        api::add_routes(router, context);
        routes.members = routes_of(router);
        auto operator_service = OperatorService{{*store, clock, rooms, uploads, blocks, deliveries, wake}};
        auto metrics = api::Metrics{{}};
        auto const admin = api::AdminContext{operator_service, metrics, clock, {}, {}, {}};
        auto admin_router = http::Router{api::to_response};
        api::add_admin_routes(admin_router, admin);
        routes.operators = routes_of(admin_router);
    }
    std::filesystem::remove_all(folder);
    return routes;
}

std::set<std::string> described_routes(std::string const& page)
{
    auto file = std::ifstream{test::source_path("docs/" + page)};
    auto const document = boost::json::parse(std::string{std::istreambuf_iterator<char>{file}, {}});
    auto routes = std::set<std::string>{};
    for (auto const& [path, item] : document.at("paths").as_object())
        for (auto const& [method, operation] : item.as_object()) {
            auto name = std::string{method};
            std::ranges::transform(name, name.begin(),
                                   [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
            routes.insert(name + " " + std::string{path});
        }
    return routes;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther)
{
    auto const routes = routed();
    EXPECT_EQ(described_routes("openapi.json"), routes.members);
    EXPECT_EQ(described_routes("openapi-admin.json"), routes.operators);
}

}  // namespace
}  // namespace fleeting
