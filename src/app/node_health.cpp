#include "app/node_health.hpp"

#include <filesystem>

namespace fleeting::app {
namespace {

Task<api::EngineHealth> look_at_database(NodeHealthParts const& parts)
{
    auto health = api::EngineHealth{parts.settings.database_url.empty() ? "sqlite" : "postgresql"};
    auto const begun = std::chrono::steady_clock::now();
    auto const checked = co_await parts.store.check();
    health.answered_in = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begun);
    health.is_well = checked.has_value();
    if (!checked)
        health.trouble = checked.error().detail;
    co_return health;
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
    CO_TRY(auto database, co_await look_at_database(parts));
    health.engines.push_back(std::move(database));
    health.engines.push_back(look_at_files(parts));
    if (auto const redis = parts.peers.has_redis())
        health.engines.push_back({"redis", *redis, *redis ? "" : "away: limits are this node's own, rooms are looked at"});
    health.disk = look_at_disk(parts.settings);
    co_return health;
}

}  // namespace fleeting::app
