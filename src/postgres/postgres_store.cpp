#include "postgres/postgres_store.hpp"

#include "async/run_blocking.hpp"
#include "postgres/migrations.hpp"

namespace fleeting::postgres {
namespace {

// A load balancer's probe waits no longer.
constexpr auto kProbe = Milliseconds{1'000};

/// libpq would quote what it can't read, password and all.
bool is_connection_string(std::string const& url)
{
    auto* const options = PQconninfoParse(url.c_str(), nullptr);
    PQconninfoFree(options);
    return options != nullptr;
}

Task<std::string> find_or_keep(Connection& db, std::string const& name, std::string const& fresh)
{
    CO_TRY(auto const kept,
           co_await db.run("INSERT INTO setting VALUES ($1, $2) ON CONFLICT (name) DO UPDATE "
                           "SET value = CASE setting.value WHEN '' THEN excluded.value ELSE setting.value END RETURNING value",
                           name, fresh));
    co_return kept.first().text(0);
}

Task<std::string> value_of(Connection& db, std::string const& name)
{
    CO_TRY(auto const row, co_await db.run("SELECT value FROM setting WHERE name = $1", name));
    co_return row.is_empty() ? std::string{} : row.first().text(0);
}

Task<std::string> replace(Connection& db, std::string const& name, std::string const& value)
{
    // One after the other, also where there is no row yet that could be locked.
    CO_TRY(co_await db.run("LOCK TABLE setting IN SHARE ROW EXCLUSIVE MODE"));
    CO_TRY(auto before, co_await value_of(db, name));
    CO_TRY(co_await db.run("INSERT INTO setting VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
                           value));
    co_return before;
}

Task<> remove(Connection& db, std::string const& name)
{
    CO_TRY(co_await db.run("DELETE FROM setting WHERE name = $1", name));
    co_return Result<>{};
}

Task<std::optional<Instant>> time_of(Connection& db)
{
    CO_TRY(auto const now, co_await db.run("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"));
    co_return std::optional{now.first().instant(0)};
}

Task<> touch(Connection& db)
{
    CO_TRY(co_await db.run("SELECT 1 FROM room LIMIT 1"));
    co_return Result<>{};
}

}  // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(std::string url, PoolSettings settings)
{
    if (!is_connection_string(url))
        return fail(Errc::unavailable, "not an address of PostgreSQL, like postgresql://user:password@host/database");
    auto store = std::unique_ptr<PostgresStore>{new PostgresStore{std::move(url), settings}};
    TRY(run_blocking(migrate(store->pool_)));
    return store;
}

Task<std::string> PostgresStore::get_or_insert(std::string name, std::string fresh)
{
    co_return co_await pool_.write([&](Connection& db) { return find_or_keep(db, name, fresh); });
}

Task<std::string> PostgresStore::find_setting(std::string name)
{
    co_return co_await pool_.read([&](Connection& db) { return value_of(db, name); });
}

Task<std::string> PostgresStore::exchange(std::string name, std::string value)
{
    co_return co_await pool_.write([&](Connection& db) { return replace(db, name, value); });
}

Task<> PostgresStore::remove_setting(std::string name)
{
    co_return co_await pool_.write([&](Connection& db) { return remove(db, name); });
}

Task<std::optional<Instant>> PostgresStore::clock()
{
    co_return co_await pool_.read(time_of, kProbe);
}

Task<> PostgresStore::check()
{
    co_return co_await pool_.read(touch, kProbe);
}

}  // namespace fleeting::postgres
