#include "s3/client.hpp"

#include "crypto/random.hpp"
#include "crypto/sha256.hpp"
#include "s3/answers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace fleeting::s3 {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kMostTries = 5;
constexpr auto kFirstPause = 40U;
constexpr auto kHang = Milliseconds{1'000};
constexpr auto kProbe = Milliseconds{1'000};
constexpr auto kTick = Milliseconds{100};

Instant wall_now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

std::string scheme_of(std::string const& endpoint)
{
    return endpoint.substr(0, endpoint.find("://") + 3);
}

/// Without the port that the scheme has anyway: libcurl doesn't send it, so it isn't signed either.
std::string host_of(std::string const& endpoint)
{
    auto host = endpoint.substr(endpoint.find("://") + 3);
    auto const port = endpoint.starts_with("https://") ? std::string_view{":443"} : std::string_view{":80"};
    return host.ends_with(port) ? host.substr(0, host.size() - port.size()) : host;
}

Settings with_endpoint(Settings settings)
{
    if (settings.endpoint.empty())
        settings.endpoint = "https://s3." + settings.region + ".amazonaws.com";
    return settings;
}

/// Half of it is chance: callers that failed together don't come back together.
Milliseconds pause_before(int tries)
{
    auto const most = kFirstPause << tries;
    return Milliseconds{most / 2 + crypto::random_below(most / 2)};
}

net::awaitable<void> sleep(Milliseconds pause)
{
    auto timer = net::steady_timer{co_await net::this_coro::executor, pause};
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
}

}  // namespace

Client::Client(Settings settings)
    : settings_(with_endpoint(std::move(settings))), scheme_(scheme_of(settings_.endpoint)),
      host_((settings_.path_style ? "" : settings_.bucket + ".") + host_of(settings_.endpoint)),
      http_(settings_.ca_file, [this] { return tick(); })
{
    auto const lock = std::scoped_lock{probe_mutex_};
    credentials_ = std::make_unique<CredentialSource>(settings_, http_);
}

std::string Client::path_of(std::string const& object) const
{
    auto const path = "/" + uri_encode(object, true);
    return settings_.path_style ? "/" + uri_encode(settings_.bucket) + (object.empty() ? "" : path) : path;
}

HttpRequest Client::request_of(Call const& call, Credentials const& who) const
{
    auto const now = wall_now();
    auto signable = Signable{call.method, path_of(call.object), call.query, call.headers, call.payload_hash};
    if (signable.payload_hash.empty())
        signable.payload_hash =
            call.body.empty() || signs_bodies() ? crypto::sha256(call.body).hex() : std::string{kUnsignedPayload};
    signable.headers.emplace_back("host", host_);
    signable.headers.emplace_back("x-amz-content-sha256", signable.payload_hash);
    signable.headers.emplace_back("x-amz-date", to_amz_date(now));
    if (!who.session_token.empty())
        signable.headers.emplace_back("x-amz-security-token", who.session_token);
    auto request = HttpRequest{};
    request.method = call.method;
    auto const query = to_query(call.query);
    request.url = scheme_ + host_ + signable.path + (query.empty() ? "" : "?" + query);
    for (auto const& [name, value] : call.is_signed ? signable.headers : call.headers)
        if (name != "host")
            request.headers.push_back(std::string{name}.append(": ").append(value));
    if (call.is_signed)
        request.headers.push_back("authorization: " + authorization_of(signable, {settings_.region}, who, now));
    request.body = call.body;
    request.into = call.into;
    request.stall = call.stall;
    return request;
}

Task<HttpAnswer> Client::attempt(Call const& call, Deadline deadline)
{
    CO_TRY(breaker_.check());
    CO_TRY(auto const who, co_await credentials_->get());
    auto request = request_of(call, who);
    request.total = std::chrono::duration_cast<Milliseconds>(deadline - Steady::now());
    stats_.calls.fetch_add(1, std::memory_order_relaxed);
    auto const begun = Steady::now();
    auto answer = co_await http_.send(std::move(request));
    if (answer && answer->status < 500) {
        breaker_.succeeded();
        co_return answer;
    }
    // That it waited behind our own calls says nothing of the store.
    if (!answer && answer.error().code == Errc::busy)
        co_return answer;
    stats_.failures.fetch_add(1, std::memory_order_relaxed);
    // A connection that broke is a worse sign the longer it kept us waiting.
    if (answer || Steady::now() - begun < kHang)
        breaker_.refused();
    else
        breaker_.hung();
    co_return answer ? fail(failure_of(call, *answer)) : std::move(answer);
}

Task<HttpAnswer> Client::ask(Call call)
{
    auto const deadline = Steady::now() + call.patience;
    for (auto tries = 1;; ++tries) {
        auto answer = co_await attempt(call, deadline);
        auto const pause = pause_before(tries);
        if (answer || answer.error().code != Errc::unavailable || tries == kMostTries || Steady::now() + pause >= deadline ||
            !breaker_.check())
            co_return answer;
        co_await sleep(pause);
    }
}

Task<HttpAnswer> Client::run(Call call)
{
    CO_TRY(auto answer, co_await ask(call));
    if (answer.status / 100 != 2)
        co_return fail(failure_of(call, answer));
    co_return answer;
}

Error Client::failure_of(Call const& call, HttpAnswer const& answer)
{
    auto const said = error_of(answer.text);
    auto const code = answer.status == 404 ? Errc::not_found : Errc::unavailable;
    return Error{code,
                 "the store answered " + call.method + " " + call.object + " with " + std::to_string(answer.status) + " " +
                     said.code + " " + said.message,
                 {},
                 0};
}

std::string Client::presigned(Call call, Instant now, Seconds lifetime) const
{
    auto request = Signable{std::move(call.method), path_of(call.object), std::move(call.query), std::move(call.headers), {}};
    request.headers.emplace_back("host", host_);
    auto const signed_query = presigned_query(request, {settings_.region}, credentials_->last(), now, lifetime);
    return scheme_ + host_ + request.path + "?" + signed_query;
}

std::string Client::address() const
{
    return scheme_ + host_ + "/" + (settings_.path_style ? uri_encode(settings_.bucket) + "/" : "");
}

/// On the HTTP client's thread.
Milliseconds Client::tick()
{
    if (breaker_.wants_probe(Steady::now()))
        probe();
    return kTick;
}

void Client::probe()
{
    auto const lock = std::scoped_lock{probe_mutex_};
    if (!credentials_)
        return;
    auto request = request_of(Call{"HEAD", {}}, credentials_->last());
    request.total = kProbe;
    http_.start(std::move(request), [this](Result<HttpAnswer> const& answer) {
        if (answer && answer->status < 500)
            breaker_.succeeded();
        else if (answer)
            breaker_.refused();
        else if (answer.error().code == Errc::unavailable)
            breaker_.hung();
    });
}

}  // namespace fleeting::s3
