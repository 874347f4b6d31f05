#include "app/metadata.hpp"

#include "postgres/postgres_store.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::app {
namespace {

constexpr auto kAnotherFolder =
    "another node with a data folder of its own runs on this database, and neither could read the other's files: end it first, or have "
    "all nodes keep files in one bucket (FLEETING_S3_BUCKET, FLEETING_S3_ENDPOINT, FLEETING_S3_ACCESS_KEY, FLEETING_S3_SECRET_KEY)";

template <class Store>
Metadata metadata_of(std::unique_ptr<Store> store)
{
    auto stop = [s = store.get()] { s->stop(); };
    return {std::move(store), std::move(stop)};
}

}  // namespace

Result<Metadata> open_metadata(Settings const& settings)
{
    if (!settings.database_url.empty()) {
        TRY(auto store, postgres::PostgresStore::open(settings.database_url, {.connections = settings.database_connections}));
        auto queued = [s = store.get()] { return s->queued(); };
        auto metadata = metadata_of(std::move(store));
        metadata.queued = std::move(queued);
        return metadata;
    }
    auto const durability = settings.uploads.sync ? sqlite::Durability::power_loss : sqlite::Durability::process_crash;
    auto const wipe = settings.storage_encryption ? sqlite::LogWipe::overwrite : sqlite::LogWipe::cut;
    TRY(auto store, sqlite::SqliteStore::open(settings.data_dir + "/fleeting.db", durability, wipe));
    return metadata_of(std::move(store));
}

Result<std::unique_ptr<postgres::SoleLock>> take_sole_lock(Settings const& settings, std::function<void()> on_lost)
{
    if (settings.database_url.empty() || !settings.s3.bucket.empty())
        return std::unique_ptr<postgres::SoleLock>{};
    auto taken = postgres::SoleLock::take(settings.database_url, std::move(on_lost));
    if (!taken && taken.error().code == Errc::busy)
        return fail(Errc::unavailable, kAnotherFolder);
    return taken;
}

}  // namespace fleeting::app
