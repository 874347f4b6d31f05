#include "postgres/connection.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <poll.h>

namespace fleeting::postgres {
namespace {

using Steady = std::chrono::steady_clock;

// What this side has given up isn't worked on for long over there, nor does it hold locks. Longer than a call may take here, so
// that it is the call's own deadline that ends it.
constexpr auto kSession = "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '10s';"
                          "SET default_transaction_isolation = 'read committed'";

/// libpq's text has a line break at its end, and sometimes lines of advice.
std::string first_line(std::string_view text)
{
    return std::string{text.substr(0, text.find('\n'))};
}

Trouble trouble_of(std::string_view sqlstate)
{
    if (sqlstate == "40001" || sqlstate == "40P01")
        return Trouble::conflict;
    // 57P: the server goes down. 0A000: a newer node's migration has changed what a prepared statement returns.
    if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "0A000")
        return Trouble::lost;
    return Trouble::none;
}

}  // namespace

Connection::Connection(net::io_context& context, std::string const& url)
    : socket_(std::make_shared<Socket>(context)), watchdog_(context)
{
    auto const keys = std::array<char const*, 4>{"dbname", "client_encoding", "fallback_application_name", nullptr};
    auto const values = std::array<char const*, 4>{url.c_str(), "UTF8", "fleeting", nullptr};
    handle_ = PQconnectStartParams(keys.data(), values.data(), /*expand_dbname=*/1);
}

Connection::~Connection()
{
    if (socket_->is_open())
        socket_->release();
    PQfinish(handle_);
}

Task<std::unique_ptr<Connection>> Connection::open(net::io_context& context, std::string const& url, Deadline deadline)
{
    auto connection = std::unique_ptr<Connection>{new Connection{context, url}};
    connection->begin_call(deadline);
    CO_TRY(co_await connection->connect());
    CO_TRY(co_await connection->execute(kSession));
    co_return connection;
}

Task<> Connection::connect()
{
    if (PQstatus(handle_) == CONNECTION_BAD)
        co_return broken("can't connect");
    for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK; step = PQconnectPoll(handle_)) {
        if (step == PGRES_POLLING_FAILED)
            co_return broken("can't connect");
        adopt_socket();
        CO_TRY(co_await wait(step == PGRES_POLLING_READING ? Socket::wait_read : Socket::wait_write));
    }
    adopt_socket();
    PQsetnonblocking(handle_, 1);
    PQsetNoticeProcessor(handle_, [](void*, char const*) {}, nullptr);
    co_return Result<>{};
}

/// Each address libpq tries is another socket, perhaps of the same number.
void Connection::adopt_socket()
{
    if (socket_->is_open())
        socket_->release();
    socket_->assign(PQsocket(handle_));
}

void Connection::begin_call(Deadline deadline)
{
    trouble_ = Trouble::none;
    deadline_ = deadline;
    watchdog_.expires_at(deadline);
    watchdog_.async_wait([weak = std::weak_ptr{socket_}](boost::system::error_code cancelled) {
        auto const socket = weak.lock();
        if (!cancelled && socket && socket->is_open())
            socket->cancel();
    });
}

bool Connection::is_fit() const
{
    auto const is_whole = trouble_ == Trouble::none || trouble_ == Trouble::conflict;
    return is_whole && PQstatus(handle_) == CONNECTION_OK && PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

bool Connection::has_been_closed() const
{
    // Nobody has asked for anything, so what comes is the end (or a setting's new value: read and forgotten).
    auto readable = pollfd{PQsocket(handle_), POLLIN, 0};
    while (::poll(&readable, 1, 0) > 0)
        if (PQconsumeInput(handle_) == 0)
            return true;
    return PQstatus(handle_) != CONNECTION_OK;
}

Task<> Connection::wait(Socket::wait_type what)
{
    // A watchdog that was late for the call before may wake this one: then the deadline is still ahead.
    while (Steady::now() < deadline_) {
        auto const [failed] = co_await socket_->async_wait(what, net::as_tuple(net::use_awaitable));
        if (!failed)
            co_return Result<>{};
        if (failed != net::error::operation_aborted)
            co_return broken(failed.message());
    }
    co_return broken("no answer by the deadline");
}

Task<> Connection::execute(char const* sql)
{
    auto const is_sent = PQsendQuery(handle_, sql) == 1;
    CO_TRY(co_await answer(is_sent));
    co_return Result<>{};
}

Task<> Connection::commit()
{
    if (PQtransactionStatus(handle_) != PQTRANS_INTRANS)
        co_return fail(Errc::unavailable, "there is no transaction to commit");
    auto const done = co_await execute("COMMIT");
    if (!done && trouble_ == Trouble::lost)
        trouble_ = Trouble::undecided;
    co_return done;
}

Task<Answer> Connection::run_prepared(std::string_view sql, Parameters parameters)
{
    CO_TRY(auto const* const statement, co_await prepared(sql));
    auto const is_sent = send(statement, parameters);
    co_return co_await answer(is_sent);
}

Task<char const*> Connection::prepared(std::string_view sql)
{
    if (auto const found = statements_.find(sql); found != statements_.end())
        co_return found->second.c_str();
    auto const name = "s" + std::to_string(statements_.size());
    auto const is_sent = PQsendPrepare(handle_, name.c_str(), std::string{sql}.c_str(), 0, nullptr) == 1;
    CO_TRY(co_await answer(is_sent));
    co_return statements_.emplace(sql, name).first->second.c_str();
}

bool Connection::send(char const* statement, Parameters const& parameters)
{
    auto const starts = parameters.starts();
    auto const lengths = parameters.lengths();
    auto const binary = std::vector<int>(starts.size(), 1);
    return PQsendQueryPrepared(handle_, statement, parameters.count(), starts.data(), lengths.data(), binary.data(), 1) == 1;
}

Task<Answer> Connection::answer(bool is_sent)
{
    if (!is_sent)
        co_return broken("can't send");
    auto flushed = PQflush(handle_);
    for (; flushed > 0; flushed = PQflush(handle_)) {
        CO_TRY(co_await wait(Socket::wait_write));
    }
    // What came before the break may say why: it is read all the same.
    auto last = Answer{};
    auto failed = std::optional<Error>{};
    while (true) {
        CO_TRY(auto* const result, co_await next_result());
        if (result == nullptr)
            break;
        last = Answer{result};
        auto const status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !failed)
            failed = failure(result);
    }
    if (failed)
        co_return fail(*std::move(failed));
    co_return last;
}

Task<PGresult*> Connection::next_result()
{
    while (PQisBusy(handle_) != 0) {
        CO_TRY(co_await wait(Socket::wait_read));
        // A failure to read shows in the result.
        if (PQconsumeInput(handle_) == 0)
            break;
    }
    co_return PQgetResult(handle_);
}

Error Connection::failure(PGresult const* result)
{
    auto const field = [&](int code) {
        auto const* text = PQresultErrorField(result, code);
        return std::string{text == nullptr ? "" : text};
    };
    auto const sqlstate = field(PG_DIAG_SQLSTATE);
    note(trouble_of(sqlstate));
    if (sqlstate.empty())
        return broken("connection lost").error();
    // The message alone: its detail may quote a row.
    return Error{sqlstate == "53100" ? Errc::storage_full : Errc::unavailable,
                 "postgres " + sqlstate + ": " + field(PG_DIAG_MESSAGE_PRIMARY),
                 {},
                 0};
}

std::unexpected<Error> Connection::broken(std::string_view cause)
{
    note(Trouble::lost);
    auto const told = first_line(PQerrorMessage(handle_));
    return fail(Errc::unavailable, "postgres: " + std::string{cause} + (told.empty() ? "" : ": " + told));
}

void Connection::note(Trouble trouble)
{
    if (trouble_ == Trouble::none)
        trouble_ = trouble;
}

}  // namespace fleeting::postgres
