#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fleeting::sqlite {

class Statement;

/// What an acknowledged commit survives. A crash of the process is cheaper: the log is synced at its checkpoints only, so that a
/// power loss takes the last commits back, all of a moment together.
enum class Durability : std::uint8_t { power_loss, process_crash };

/// What becomes of the log when it is wiped. Cut to nothing, what stood in it stays on the medium until something else takes its
/// place; written over first, it doesn't, but where the file system writes elsewhere.
enum class LogWipe : std::uint8_t { cut, overwrite };

/// One connection. Used by one thread at a time.
class Database {
public:
    /// Opens or makes `file` in WAL mode, erasing what it deletes; its statements may call sha256(a, b, …).
    /// errors    unavailable with SQLite's cause
    static Result<std::unique_ptr<Database>> open(std::string const& file, Durability durability = Durability::power_loss,
                                                  LogWipe wipe = LogWipe::cut);
    ~Database();
    Database(Database const&) = delete;
    Database& operator=(Database const&) = delete;

    /// Runs statements that return no rows (schema, pragmas, BEGIN …).
    Result<> execute(char const* sql);
    /// Runs one such statement, prepared once.
    Result<> run(std::string_view sql);
    /// The prepared statement for `sql`, kept for the next time; bindings and cursor are cleared when it is handed out.
    Result<Statement> prepare(std::string_view sql);
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    [[nodiscard]] int changed() const { return sqlite3_changes(handle_); }
    /// Asks for `wipe_log` once the present transaction is committed: what it deleted still stands in the write-ahead log.
    void ask_for_wipe() { wants_wipe_ = true; }
    [[nodiscard]] bool wants_wipe() const { return wants_wipe_; }
    /// Moves the log into the database and cuts it to nothing, where somebody asked. Waits for nobody: a reader in the middle of
    /// something puts it off to the next time.
    void wipe_log();
    /// What is kept of the disk for the log, beyond its end: what frees space must be written there first.
    static constexpr auto kLogReserve = ByteCount{8ULL << 20};
    /// Whether the last statement failed because the log couldn't be synced.
    [[nodiscard]] bool has_failed_to_sync() const { return sqlite3_extended_errcode(handle_) == SQLITE_IOERR_FSYNC; }
    /// What SQLite says of the last failure, as an Error.
    [[nodiscard]] Error failure() const;

private:
    Database(sqlite3* handle, LogWipe wipe) : handle_(handle), wipe_(wipe) {}
    [[nodiscard]] bool checkpoint(int mode);
    [[nodiscard]] bool overwrite_log();
    void reserve_log();

    sqlite3* handle_;
    LogWipe wipe_;
    bool wants_wipe_ = false;
    bool is_log_reserved_ = false;
    std::unordered_map<std::string_view, sqlite3_stmt*> statements_;  ///< keyed by literals, which live for ever
};

/// A prepared statement in use. `?1`, `?2` … are bound in order by `bind`.
class Statement {
public:
    Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
    Statement(Statement&& other) noexcept
        : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), next_(other.next_)
    {
    }
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view text);
    Statement& bind(Bytes bytes);
    Statement& bind_null();
    Statement& bind(ByteCount size) { return bind(static_cast<std::int64_t>(size.value)); }
    Statement& bind(ByteOffset offset) { return bind(static_cast<std::int64_t>(offset.value)); }
    Statement& bind(Instant at) { return bind(std::int64_t{at.time_since_epoch().count()}); }
    template <class Tag, std::size_t N>
    Statement& bind(FixedBytes<Tag, N> const& id)
    {
        return bind(id.bytes());
    }
    template <class T>
    Statement& bind(std::optional<T> const& value)
    {
        return value ? bind(*value) : bind_null();
    }

    /// Whether there is a (next) row. errors: unavailable, storage_full, name_taken (a UNIQUE constraint: callers rename it)
    Result<bool> step();
    /// Runs to the end. errors: as step
    Result<> run();

    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Bytes bytes(int column) const;
    [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    [[nodiscard]] ByteCount size(int column) const { return {static_cast<std::uint64_t>(integer(column))}; }
    [[nodiscard]] Instant instant(int column) const { return Instant{Milliseconds{integer(column)}}; }
    template <class Id>
    [[nodiscard]] Result<Id> id(int column) const
    {
        return Id::of(bytes(column));
    }

private:
    Database* database_;
    sqlite3_stmt* statement_;
    int next_ = 0;
};

}  // namespace fleeting::sqlite
