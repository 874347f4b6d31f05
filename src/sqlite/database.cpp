#include "sqlite/database.hpp"

#include "crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <tuple>
#include <unistd.h>

namespace fleeting::sqlite {
namespace {

// Only another process (a backup) makes us wait; our own connections share one writer.
constexpr auto kBusyMs = 5'000;

/// sha256(a, b, …): of all of them, one behind the other.
void sha256_function(sqlite3_context* context, int count, sqlite3_value** values)
{
    auto all = std::vector<std::byte>{};
    for (auto* const value : std::span{values, static_cast<std::size_t>(count)}) {
        auto const* const start = static_cast<std::byte const*>(sqlite3_value_blob(value));
        all.insert(all.end(), start, start + sqlite3_value_bytes(value));
    }
    auto const hash = crypto::sha256(all);
    sqlite3_result_blob(context, hash.raw.data(), static_cast<int>(hash.raw.size()), SQLITE_TRANSIENT);
}

/// Writes zeros from `at` to `end`, on the medium, by SQLite's own handle.
bool zero(sqlite3_file* file, sqlite3_int64 at, sqlite3_int64 end)
{
    static constexpr auto kZeros = std::array<char, 64 << 10>{};
    for (; at < end; at += kZeros.size()) {
        auto const count = static_cast<int>(std::min<sqlite3_int64>(kZeros.size(), end - at));
        if (file->pMethods->xWrite(file, kZeros.data(), count, at) != SQLITE_OK)
            return false;
    }
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(std::string const& file, Durability durability, LogWipe wipe)
{
    sqlite3* handle = nullptr;
    constexpr auto kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    auto const opened = sqlite3_open_v2(file.c_str(), &handle, kFlags, nullptr);
    auto database = std::unique_ptr<Database>{new Database{handle, wipe}};
    if (opened != SQLITE_OK)
        return fail(database->failure().while_doing("opening the database"));
    sqlite3_busy_timeout(handle, kBusyMs);
    constexpr auto kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    if (sqlite3_create_function(handle, "sha256", -1, kPure, nullptr, sha256_function, nullptr, nullptr) != SQLITE_OK)
        return fail(database->failure());
    // secure_delete: what is deleted is overwritten.
    TRY(database->execute("PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
                          "PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;"));
    // The limit cuts the log, and what stood behind it is the medium's.
    TRY(database->execute(wipe == LogWipe::cut ? "PRAGMA journal_size_limit=4194304" : "PRAGMA journal_size_limit=-1"));
    TRY(database->execute(durability == Durability::power_loss ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
    return database;
}

Database::~Database()
{
    // Closing the last connection removes the log.
    if (wipe_ == LogWipe::overwrite && sqlite3_db_readonly(handle_, "main") == 0)
        static_cast<void>(overwrite_log());
    for (auto const& [sql, statement] : statements_)
        sqlite3_finalize(statement);
    sqlite3_close_v2(handle_);
}

Error Database::failure() const
{
    auto const code = sqlite3_extended_errcode(handle_);
    auto const errc = [&] {
        switch (code) {
        case SQLITE_FULL: return Errc::storage_full;
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY: return Errc::name_taken;
        default: return Errc::unavailable;
        }
    }();
    return Error{errc, "sqlite " + std::to_string(code) + ": " + sqlite3_errmsg(handle_), {}, 0};
}

Result<> Database::execute(char const* sql)
{
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return fail(failure());
    return {};
}

Result<> Database::run(std::string_view sql)
{
    TRY(auto statement, prepare(sql));
    return statement.run();
}

bool Database::checkpoint(int mode)
{
    return sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, nullptr, nullptr) == SQLITE_OK;
}

/// Once all of the log is in the database, and nobody reads in the log, it is nothing but bytes. Its first ones go first: a log
/// that begins as one and ends early would, after a power cut, be taken for an older state.
bool Database::overwrite_log()
{
    if (wipe_ == LogWipe::cut)
        return true;
    if (!checkpoint(SQLITE_CHECKPOINT_RESTART))
        return false;
    sqlite3_file* log = nullptr;
    auto size = sqlite3_int64{0};
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) != SQLITE_OK ||
        log == nullptr || log->pMethods == nullptr)
        return true;  // there is none
    if (log->pMethods->xFileSize(log, &size) != SQLITE_OK)
        return false;
    return size == 0 || (zero(log, 0, std::min<sqlite3_int64>(size, 4096)) && zero(log, 4096, size));
}

void Database::wipe_log()
{
    if (wants_wipe_) {
        // It would wait until the last reader has ended, and every acknowledgement behind it.
        sqlite3_busy_timeout(handle_, 0);
        wants_wipe_ = !overwrite_log() || !checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
        sqlite3_busy_timeout(handle_, kBusyMs);
        is_log_reserved_ = is_log_reserved_ && wants_wipe_;  // cutting the log gave its blocks back
    }
    if (!wants_wipe_ && !is_log_reserved_)
        reserve_log();
}

void Database::reserve_log()
{
    auto const file = ::open(sqlite3_filename_wal(sqlite3_db_filename(handle_, "main")), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return;
    // Where there is less left, less; the rest is tried again after each commit.
    constexpr auto kLittle = ByteCount{1ULL << 20};
    is_log_reserved_ = ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(kLogReserve.value)) == 0;
    if (!is_log_reserved_ && errno == ENOSPC)
        std::ignore = ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(kLittle.value));
    else
        is_log_reserved_ = true;  // by a file system that can't, it never will be
    ::close(file);                // SQLite's locks are on the other two files
}

Result<Statement> Database::prepare(std::string_view sql)
{
    auto& statement = statements_[sql];
    if (statement == nullptr && sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                                   &statement, nullptr) != SQLITE_OK)
        return fail(failure());
    return Statement{*this, statement};
}

Statement::~Statement()
{
    if (statement_ == nullptr)
        return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(std::int64_t value)
{
    sqlite3_bind_int64(statement_, ++next_, value);
    return *this;
}

Statement& Statement::bind(std::string_view text)
{
    sqlite3_bind_text64(statement_, ++next_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(Bytes bytes)
{
    sqlite3_bind_blob64(statement_, ++next_, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_null()
{
    sqlite3_bind_null(statement_, ++next_);
    return *this;
}

Result<bool> Statement::step()
{
    switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return fail(database_->failure());
    }
}

Result<> Statement::run()
{
    while (true) {
        TRY(auto const has_row, step());
        if (!has_row)
            return {};
    }
}

std::string Statement::text(int column) const
{
    auto const* start = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
    return {start == nullptr ? "" : start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Bytes Statement::bytes(int column) const
{
    auto const* start = static_cast<std::byte const*>(sqlite3_column_blob(statement_, column));
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace fleeting::sqlite
