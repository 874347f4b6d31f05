#pragma once

// The backends on which every promise of MetadataStore is held, and what its tests have in common.

#include "async/run_blocking.hpp"
#include "crypto/random.hpp"
#include "postgres/postgres_store.hpp"
#include "sqlite/sqlite_store.hpp"
#include "support/postgres_server.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace fleeting {

inline constexpr auto kMany = std::uint32_t{1'000'000};
inline auto const kNow = Instant{Milliseconds{1'700'000'000'000}};
/// More than a room has in any test that isn't about it.
inline constexpr auto kMembers = 100U;

/// A backend on a fresh database; `reopen` is what a restart of the process does.
class SqliteBackend {
public:
    SqliteBackend() { reopen(); }
    ~SqliteBackend()
    {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    MetadataStore& store() { return *store_; }
    void reopen()
    {
        store_.reset();
        std::filesystem::create_directories(folder_);
        auto opened = sqlite::SqliteStore::open(folder_ / "test.db");
        ASSERT_TRUE(opened) << opened.error().detail;
        store_ = *std::move(opened);
    }

private:
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("fleeting-" + crypto::random_id<RoomId>().hex());
    std::unique_ptr<sqlite::SqliteStore> store_;
};

class PostgresBackend {
public:
    PostgresBackend() { reopen(); }
    MetadataStore& store() { return *store_; }
    [[nodiscard]] std::string const& database() const { return database_; }
    void reopen()
    {
        store_.reset();
        auto opened = postgres::PostgresStore::open(PostgresServer::shared().url_of(database_));
        ASSERT_TRUE(opened) << opened.error().detail;
        store_ = *std::move(opened);
    }

private:
    std::string database_ = PostgresServer::shared().make_database();
    std::unique_ptr<postgres::PostgresStore> store_;
};

template <class Backend>
class MetadataStoreContract : public testing::Test {
protected:
    MetadataStore& store() { return backend_.store(); }

    Room room_named(std::string name, Instant expires_at = kNow + Seconds{60})
    {
        auto room = Room{};
        room.id = crypto::random_id<RoomId>();
        room.name_key = room.display_name = std::move(name);
        room.password_hash = "hash";
        room.created_at = kNow;
        room.expires_at = expires_at;
        room.size_limit = {1000};
        room.file_size_limit = {1000};
        room.file_count_limit = 10;
        return room;
    }

    Session session_in(Room const& room) { return Session{crypto::random_id<TokenHash>(), room.id, Role::owner, "Mara", kNow}; }

    Room open_room(std::string name, Instant expires_at = kNow + Seconds{60})
    {
        auto room = room_named(std::move(name), expires_at);
        EXPECT_TRUE(run_blocking(store().create_room(room, session_in(room), kMany)));
        return room;
    }

    FileEntry file_in(Room const& room, std::string name, std::uint64_t size)
    {
        auto file = FileEntry{};
        file.id = crypto::random_id<FileId>();
        file.room_id = room.id;
        file.name = std::move(name);
        file.size = {size};
        file.media_type = "text/plain";
        file.blob = crypto::random_id<BlobKey>();
        file.uploader = "Mara";
        file.created_at = kNow;
        return file;
    }

    FileEntry put(Room const& room, std::string name, std::uint64_t size)
    {
        auto const made = run_blocking(store().create_file(file_in(room, std::move(name), size), kNow));
        EXPECT_TRUE(made);
        return made->file;
    }

    Room now_of(Room const& room) { return *run_blocking(store().find_room_by_id(room.id, kNow)); }

    Backend backend_;
};

using MetadataBackends = testing::Types<SqliteBackend, PostgresBackend>;

}  // namespace fleeting
