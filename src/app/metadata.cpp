#include "app/metadata.hpp"

#include "postgres/postgres_store.hpp"
#include "sqlite/sqlite_store.hpp"

namespace fleeting::app {
namespace {

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
    TRY(auto store, sqlite::SqliteStore::open(settings.data_dir + "/fleeting.db", durability));
    return metadata_of(std::move(store));
}

}  // namespace fleeting::app
