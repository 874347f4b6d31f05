#pragma once

#include "base/clock.hpp"
#include "http/head_parser.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "http/transport.hpp"

#include <memory>
#include <optional>
#include <string>

namespace fleeting::http {

/// What all connections of a server share. Outlives them.
struct ConnectionContext {
    ServerSettings const& settings;
    Router const& router;
    Clock const& clock;
    struct Counters& counters;
};

/// One connection from accept to close, on one thread. Its owner calls `tick` a few times a second and keeps it alive until
/// `run` is over.
class Connection final : private BodyWriter, private RequestHost {
public:
    Connection(ConnectionContext context, std::unique_ptr<Transport> transport, net::ip::address peer);
    ~Connection() override;

    /// Serves requests until the connection ends or is parked. Never throws.
    net::awaitable<void> run();
    /// Ends what waits too long, and what its room's deadline has overtaken.
    /// looks_at_peer   also whether the peer of a body that lasts has gone
    void tick(std::chrono::steady_clock::time_point now, Instant wall_now, bool looks_at_peer);
    /// `wake` has `run` called anew, in its own time: from then on the connection isn't parked.
    void on_wake(std::function<void()> wake) { wake_ = std::move(wake); }
    /// Whether `run` returned because a body that lasts waits for its turn; else the connection is over.
    [[nodiscard]] bool is_parked() const { return is_parked_; }
    /// Of a parked one.
    [[nodiscard]] std::chrono::steady_clock::time_point next_turn() const { return lasting_->next_turn; }
    /// Closes when the present request is answered, at once where there is none; who has only just come may still send one.
    void finish();
    /// Closes now.
    void abort();
    [[nodiscard]] bool is_idle() const { return phase_ == Phase::idle && !is_aborted_; }
    [[nodiscard]] net::ip::address const& peer() const { return peer_; }

private:
    friend class RequestBody;
    enum class Phase : std::uint8_t { idle, head, handling, body, writing };
    struct Handle;
    /// What is left of the request while its body lasts.
    struct Lasting {
        std::unique_ptr<LastingBody> body;
        net::ip::address client;  ///< behind trusted proxies the forwarded address
        std::chrono::steady_clock::time_point next_turn;
        bool keep_alive = false;
        bool has_unread = false;  ///< of the request's own body
        bool has_begun = false;
    };
    /// What of the request decides the form of its response.
    struct ReplyForm {
        bool is_head = false;
        bool is_http_1_1 = true;
        bool keep_alive = false;
    };

    net::awaitable<bool> begin();
    /// Another request.
    [[nodiscard]] bool may_serve() const { return !is_aborted_ && !(is_finishing_ && has_answered_); }
    net::awaitable<bool> serve_one();
    net::awaitable<std::optional<std::size_t>> read_head();
    MutableBytes space();
    bool took(IoResult read);
    net::awaitable<bool> refuse(Refusal refusal);
    net::awaitable<bool> answer(RequestHead head, std::size_t head_size);
    Result<> read_request(Request& request, RequestHead&& head);
    net::awaitable<bool> settle(class RequestBody& body, bool keep_alive, std::size_t head_size);
    net::awaitable<bool> respond(Response response, ReplyForm reply);
    net::awaitable<bool> send_body(Response& response);
    std::optional<Bytes> send_small_file(FileBody const& file);
    std::optional<Bytes> write_at_once(Bytes bytes, bool more);
    net::awaitable<bool> stream(StreamBody& body);
    net::awaitable<bool> end_chunks();
    void begin_lasting(std::unique_ptr<LastingBody> body, bool keep_alive);
    void keep_only_lasting(net::ip::address client, bool has_unread, std::size_t used);
    net::awaitable<bool> take_turn();
    net::awaitable<bool> end_lasting(bool is_whole);
    [[nodiscard]] bool is_turn(std::chrono::steady_clock::time_point now, Instant wall_now, bool looks_at_peer);
    void wake();
    std::function<void()> waker();
    std::shared_ptr<Handle> const& handle();
    void forget_handle();
    Task<> write_small_chunk(Bytes bytes);
    IoResult write_chunk_now(Bytes bytes);
    net::awaitable<bool> begin_chunk(ByteCount size);
    net::awaitable<bool> end_chunk();
    Task<> send_part(int descriptor, ByteOffset from, ByteCount count);
    void append_status_and_fields(int status, ResponseHeaders const& headers);
    void append_head(Response const& response, ReplyForm reply);
    net::awaitable<bool> write_all(Bytes bytes, bool more);
    net::awaitable<void> linger();
    void grow_buffer();
    void drop_read(std::size_t used);
    [[nodiscard]] bool is_turned_away(Instant wall_now);
    bool is_overtaken(std::chrono::steady_clock::time_point now, Instant wall_now);

    std::function<void()> canceller() override;
    net::awaitable<void> send_interim(int status, ResponseHeaders headers) override;
    Task<> write(Bytes bytes) override;
    Task<> send_file(int descriptor, ByteOffset from, ByteCount count) override;
    [[nodiscard]] bool is_peer_gone() override;

    void wait_at_most(Milliseconds patience) { deadline_ = std::chrono::steady_clock::now() + patience; }
    void wait_forever() { deadline_ = std::chrono::steady_clock::time_point::max(); }

    ConnectionContext context_;
    std::unique_ptr<Transport> transport_;
    net::ip::address peer_;
    Phase phase_ = Phase::idle;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    std::unique_ptr<char[]> buffer_;  ///< the head, and what came behind it
    std::size_t capacity_ = 0;
    std::size_t filled_ = 0;
    std::string out_;                                ///< a response's head, with a small body behind it
    Request* request_ = nullptr;                     ///< while it is handled
    std::shared_ptr<Cutoff const> response_cutoff_;  ///< of the last response
    std::shared_ptr<Cutoff const> answered_cutoff_;  ///< of the last request: the kernel may still hold bytes of its room
    std::optional<std::chrono::steady_clock::time_point> farewell_ends_;
    std::shared_ptr<Handle> handle_;  ///< made when somebody asks for a canceller or a waker
    std::unique_ptr<Lasting> lasting_;
    std::function<void()> wake_;
    bool is_parked_ = false;
    bool is_woken_ = false;  ///< while a turn was being taken
    bool is_aborted_ = false;
    bool is_finishing_ = false;
    bool has_answered_ = false;  ///< a request, the first one
    bool writes_chunks_ = false;
    bool takes_interim_ = false;  ///< the present request is HTTP/1.1
};

}  // namespace fleeting::http
