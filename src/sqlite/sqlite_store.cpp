#include "sqlite/sqlite_store.hpp"

#include "sqlite/ending.hpp"
#include "sqlite/migrations.hpp"

#include <filesystem>
#include <unistd.h>

namespace fleeting::sqlite {
namespace {

constexpr auto kReaders = 2;
constexpr auto kMostWaiting = std::size_t{4096};

Result<std::string> value_of(Database& db, std::string const& name)
{
    TRY(auto row, db.prepare("SELECT value FROM setting WHERE name = ?1"));
    row.bind(name);
    TRY(auto const found, row.step());
    return found ? row.text(0) : std::string{};
}

Result<> put_setting(Database& db, std::string const& name, std::string const& value)
{
    TRY(auto row,
        db.prepare("INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
    return row.bind(name).bind(value).run();
}

/// A table that is missing is told at the start, not by each request.
Result<> check_tables(Database& db)
{
    TRY(auto all, db.prepare("SELECT 1 FROM room, session, file, taken, purge, setting, segment, direct_upload, direct_part,"
                             " tombstone, receipt_holder LIMIT 0"));
    return all.run();
}

Result<std::unique_ptr<Database>> open_writer(std::string const& file, Durability durability, LogWipe wipe)
{
    TRY(auto writer, Database::open(file, durability, wipe));
    TRY(migrate(*writer));
    TRY(check_tables(*writer));
    TRY(make_ending_table(*writer));
    return writer;
}

std::string advice_on(std::filesystem::path const& file)
{
    if (::access(file.parent_path().c_str(), W_OK) != 0 ||
        (::access(file.c_str(), F_OK) == 0 && ::access(file.c_str(), W_OK) != 0))
        return " (this user must be able to write it, and into its folder)";
    return " (to begin anew, move its folder away)";
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(std::string const& file, Durability durability, LogWipe wipe)
{
    auto opened = open_writer(file, durability, wipe);
    if (!opened)
        return fail(std::move(opened).error().while_doing("can't use the database " + file + advice_on(file)));
    auto writer = *std::move(opened);
    // A crash between a commit and its wipe leaves in the log what that deleted.
    writer->ask_for_wipe();
    writer->wipe_log();
    auto readers = std::vector<std::unique_ptr<Database>>{};
    for (auto i = 0; i < kReaders; ++i) {
        TRY(auto reader, Database::open(file, durability));
        TRY(reader->execute("PRAGMA query_only=ON"));
        readers.push_back(std::move(reader));
    }
    return std::unique_ptr<SqliteStore>{new SqliteStore{std::move(writer), std::move(readers)}};
}

SqliteStore::SqliteStore(std::unique_ptr<Database> writer, std::vector<std::unique_ptr<Database>> readers)
    : writes_(std::move(writer), kMostWaiting), reads_(std::move(readers), kMostWaiting)
{
}

void SqliteStore::stop()
{
    reads_.stop();
    writes_.stop();
}

Task<std::string> SqliteStore::get_or_insert(std::string name, std::string fresh)
{
    co_return co_await writes_.run([&](Database& db) -> Result<std::string> {
        TRY(auto value, value_of(db, name));
        if (!value.empty())
            return value;
        TRY(put_setting(db, name, fresh));
        return fresh;
    });
}

Task<std::string> SqliteStore::find_setting(std::string name)
{
    co_return co_await reads_.run([&](Database& db) { return value_of(db, name); });
}

Task<std::string> SqliteStore::exchange(std::string name, std::string value)
{
    co_return co_await writes_.run([&](Database& db) -> Result<std::string> {
        TRY(auto before, value_of(db, name));
        TRY(put_setting(db, name, value));
        return before;
    });
}

Task<> SqliteStore::remove_setting(std::string name)
{
    co_return co_await writes_.run([&](Database& db) -> Result<> {
        TRY(auto row, db.prepare("DELETE FROM setting WHERE name = ?1"));
        return row.bind(name).run();
    });
}

Task<std::optional<Instant>> SqliteStore::clock()
{
    co_return std::optional<Instant>{};
}

Task<> SqliteStore::check()
{
    co_return co_await reads_.run([](Database& db) -> Result<> {
        TRY(auto row, db.prepare("SELECT 1 FROM room LIMIT 1"));
        return row.run();
    });
}

}  // namespace fleeting::sqlite
