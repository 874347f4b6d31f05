#pragma once

#include "s3/breaker.hpp"
#include "s3/credentials.hpp"

#include <array>

namespace fleeting::s3 {

/// One operation on the bucket. What `body` and `into` refer to lives until it is answered.
struct Call {
    std::string method;
    std::string object;  ///< object key; empty: the bucket itself
    Pairs query = {};
    Pairs headers = {};  ///< names in lower case; signed as well
    Bytes body = {};
    std::string payload_hash = {};  ///< of the body in hex, where it is known already
    MutableBytes into = {};         ///< where a 2xx's body goes; empty: into the answer
    Milliseconds patience{12'000};  ///< for all tries together
    Milliseconds stall{5'000};      ///< without a byte, in one try
    bool is_signed = true;
};

struct CallStats {
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> failures{0};  ///< tries that were not answered, or with 5xx
};

/// Calls to one bucket: signed, tried again with pauses that grow and differ, each within one deadline. Every operation we use
/// may be repeated. Thread-safe.
class Client {
public:
    explicit Client(Settings settings);

    /// The answer, whatever its status below 500. errors: unavailable
    Task<HttpAnswer> ask(Call call);
    /// As `ask`, for a 2xx. errors: not_found (404), unavailable with the store's own words
    Task<HttpAnswer> run(Call call);
    /// What is told of an answer that isn't 2xx.
    [[nodiscard]] static Error failure_of(Call const& call, HttpAnswer const& answer);
    /// An address by which whoever has it may make `call`, with just its headers and any body, until `lifetime` from `now` on.
    [[nodiscard]] std::string presigned(Call call, Instant now, Seconds lifetime) const;
    /// What all such addresses begin with.
    [[nodiscard]] std::string address() const;
    /// Whether bodies are signed by their digest. Over TLS nobody can change them on the way.
    [[nodiscard]] bool signs_bodies() const { return scheme_ != "https://"; }
    /// errors    unavailable: known to be away
    [[nodiscard]] Result<> check() const { return breaker_.check(); }
    [[nodiscard]] Settings const& settings() const { return settings_; }
    [[nodiscard]] CallStats const& stats() const { return stats_; }
    [[nodiscard]] HttpStats const& traffic() const { return http_.stats(); }
    void stop() { http_.stop(); }

private:
    [[nodiscard]] std::string path_of(std::string const& object) const;
    [[nodiscard]] HttpRequest request_of(Call const& call, Credentials const& who) const;
    Task<HttpAnswer> attempt(Call const& call, Deadline deadline);
    Milliseconds tick();
    void probe();

    Settings settings_;
    std::string scheme_;
    std::string host_;
    Breaker breaker_;
    CallStats stats_;
    // Before them all goes the client's thread, which uses them.
    std::unique_ptr<CredentialSource> credentials_;
    std::mutex probe_mutex_;
    HttpClient http_;
};

}  // namespace fleeting::s3
