#include "sqlite/write_queue.hpp"

#include "async/run_blocking.hpp"
#include "sqlite/rows.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <semaphore>

namespace fleeting::sqlite {
namespace {

Result<std::string> text_of(Statement const& row)
{
    return row.text(0);
}

/// What may be asked of the queue, all of it without waiting for one another.
class WriteQueueTest : public testing::Test {
protected:
    void ask(bool alone, std::string_view sql, bool fails = false)
    {
        net::co_spawn(context_, one(alone, sql, fails), net::detached);
    }
    net::awaitable<void> one(bool alone, std::string_view sql, bool fails)
    {
        auto const work = [sql, fails](Database& db) -> Result<> {
            TRY(auto row, db.prepare(sql));
            TRY(row.run());
            return fails ? Result<>{fail(Errc::not_found, "on purpose")} : Result<>{};
        };
        auto const done = alone ? co_await queue_.run_alone(work) : co_await queue_.run(work);
        EXPECT_EQ(!done, fails);
    }
    net::awaitable<void> hold(std::binary_semaphore& gate)
    {
        std::ignore = co_await queue_.run([&](Database&) -> Result<> {
            gate.acquire();
            return {};
        });
    }
    /// Nothing is begun before all that was asked waits.
    std::vector<std::string> answer()
    {
        auto gate = std::binary_semaphore{0};
        auto first = net::io_context{1};
        net::co_spawn(first, hold(gate), net::detached);
        first.poll();
        context_.poll();
        gate.release();
        context_.run();
        context_.restart();
        first.run();
        return run_blocking(read()).value();
    }
    Task<std::vector<std::string>> read()
    {
        co_return co_await queue_.run([](Database& db) -> Result<std::vector<std::string>> {
            TRY(auto row, db.prepare("SELECT text FROM note ORDER BY rowid"));
            return all(row, text_of);
        });
    }

private:
    static std::unique_ptr<Database> open()
    {
        auto database = Database::open(":memory:").value();
        EXPECT_TRUE(database->execute("CREATE TABLE note (text TEXT NOT NULL)"));
        return database;
    }

    WriteQueue queue_{open(), 100};
    net::io_context context_{1};
};

TEST_F(WriteQueueTest, UndoesWhatFailsAndNothingElse)
{
    ask(false, "INSERT INTO note VALUES ('one')");
    ask(false, "INSERT INTO note VALUES ('gone')", true);
    ask(false, "INSERT INTO note VALUES ('two')");
    EXPECT_EQ(answer(), (std::vector<std::string>{"one", "two"}));
    ask(true, "INSERT INTO note VALUES ('gone')", true);
    EXPECT_EQ(answer(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(WriteQueueTest, KeepsTheOrderAroundWhatGoesAlone)
{
    ask(false, "INSERT INTO note VALUES ('one')");
    ask(true, "INSERT INTO note VALUES ('two')");
    ask(true, "INSERT INTO note VALUES ('gone')", true);
    ask(false, "INSERT INTO note VALUES ('three')");
    ask(false, "INSERT INTO note VALUES ('four')");
    EXPECT_EQ(answer(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

}  // namespace
}  // namespace fleeting::sqlite
