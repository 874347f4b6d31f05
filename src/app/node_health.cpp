#include "app/node_health.hpp"

#include <filesystem>

namespace fleeting::app {
namespace {

template <class T>
net::awaitable<api::EngineHealth> look_at_engine(std::string name, Task<T> asking)
{
    auto const begun = std::chrono::steady_clock::now();
    auto const answer = co_await std::move(asking);
    auto const took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begun);
    co_return api::EngineHealth{std::move(name), answer.has_value(), answer ? "" : answer.error().detail, took};
}

api::EngineHealth look_at_files(NodeHealthParts const& parts)
{
    auto const checked = parts.blobs.check();
    return {parts.settings.s3.bucket.empty() ? "folder" : "s3", checked.has_value(), checked ? "" : checked.error().detail};
}

std::optional<api::DiskHealth> look_at_disk(Settings const& settings)
{
    if (!settings.s3.bucket.empty())
        return std::nullopt;
    auto error = std::error_code{};
    auto const space = std::filesystem::space(settings.data_dir, error);
    if (error)
        return std::nullopt;
    return api::DiskHealth{{space.available}, {space.capacity}, settings.disk_floor.of({space.capacity})};
}

}  // namespace

Task<api::NodeHealth> look_at(NodeHealthParts parts)
{
    auto health = api::NodeHealth{};
    if (auto const ready = co_await parts.check_ready(); !ready)
        health.not_ready_because = ready.error().detail;
    auto const database = parts.settings.database_url.empty() ? "sqlite" : "postgresql";
    health.engines.push_back(co_await look_at_engine(database, parts.store.check()));
    health.engines.push_back(look_at_files(parts));
    if (auto const redis = parts.peers.has_redis())
        health.engines.push_back({"redis", *redis, *redis ? "" : "away: limits are this node's own, rooms are looked at"});
    if (parts.scans.has_scanner())
        health.engines.push_back(co_await look_at_engine("clamav", parts.scans.version()));
    health.disk = look_at_disk(parts.settings);
    co_return health;
}

}  // namespace fleeting::app
