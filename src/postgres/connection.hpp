#pragma once

#include "async/task.hpp"
#include "postgres/answer.hpp"
#include "postgres/parameters.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string_view>
#include <unordered_map>

namespace fleeting::postgres {

/// What the first failure of a call says of running it again.
enum class Trouble : std::uint8_t {
    none,
    conflict,   ///< undone for another's sake (serialisation, deadlock): the same again may pass
    lost,       ///< the connection broke before a commit was asked for: nothing has happened
    undecided,  ///< it broke behind the commit: nobody knows
};

/// One connection of libpq, never blocking. Used on the thread of its io_context, by one call at a time.
class Connection {
public:
    /// Connects and sets the session up. `url` as libpq takes it. errors: unavailable
    static Task<std::unique_ptr<Connection>> open(net::io_context& context, std::string const& url, Deadline deadline);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// From here on until `end_call` every wait ends at `deadline`, and with it the connection's use.
    void begin_call(Deadline deadline);
    void end_call() { watchdog_.cancel(); }
    /// Since `begin_call`.
    [[nodiscard]] Trouble trouble() const { return trouble_; }
    /// Fit for another call: alive as far as this side knows, and in no transaction.
    [[nodiscard]] bool is_fit() const;
    /// Whether the other side has closed meanwhile, as after a restart. Cheap; not for the middle of a call.
    [[nodiscard]] bool has_been_closed() const;

    /// Runs one statement, prepared once. `sql` is a literal: it is the key. errors: unavailable, storage_full
    template <class... Values>
    Task<Answer> run(std::string_view sql, Values const&... values)
    {
        auto parameters = Parameters{};
        (parameters.add(values), ...);
        return run_prepared(sql, std::move(parameters));
    }
    /// Runs statements that return no rows (BEGIN, a schema). errors: as `run`
    Task<> execute(char const* sql);
    /// Commits what BEGIN began. errors: as `run`; where no answer came it may have happened
    Task<> commit();

private:
    using Socket = net::posix::stream_descriptor;

    Connection(net::io_context& context, std::string const& url);
    Task<> connect();
    Task<> wait(Socket::wait_type what);
    void adopt_socket();
    Task<Answer> run_prepared(std::string_view sql, Parameters parameters);
    Task<char const*> prepared(std::string_view sql);
    bool send(char const* statement, Parameters const& parameters);
    Task<Answer> answer(bool is_sent);
    Task<PGresult*> next_result();
    /// What a result that is a failure means.
    Error failure(PGresult const* result);
    /// The connection's own failure.
    std::unexpected<Error> broken(std::string_view cause);
    void note(Trouble trouble);

    PGconn* handle_;
    std::shared_ptr<Socket> socket_;  ///< libpq's own descriptor, lent; shared with the watchdog's handler
    net::steady_timer watchdog_;
    Deadline deadline_{};
    Trouble trouble_ = Trouble::none;
    std::unordered_map<std::string_view, std::string> statements_;  ///< names of prepared ones, keyed by literals
};

}  // namespace fleeting::postgres
