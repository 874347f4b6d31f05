#include "s3/credentials.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

namespace fleeting::s3 {
namespace {

// A role's keys are made anew some time before the old ones end; a call and a presigned URL need them that long.
constexpr auto kAhead = Seconds{300};
constexpr auto kPatience = Milliseconds{3'000};
constexpr auto kInstance = "http://169.254.169.254";
constexpr auto kContainer = "http://169.254.170.2";
constexpr auto kRolePath = "/latest/meta-data/iam/security-credentials/";

std::string variable(char const* name)
{
    auto const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Instant now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

/// Whether they do until `at`.
bool hold(Credentials const& keys, Instant at)
{
    return !keys.access_key.empty() && (!keys.expires_at || at < *keys.expires_at);
}

HttpRequest request_for(std::string method, std::string url)
{
    auto request = HttpRequest{};
    request.method = std::move(method);
    request.url = std::move(url);
    request.connect = Milliseconds{1'000};
    request.total = kPatience;
    return request;
}

std::string text_of(boost::json::object const& object, char const* name)
{
    auto const* const value = object.if_contains(name);
    auto const* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string{} : std::string{text->data(), text->size()};
}

Result<Instant> parse_time(std::string const& text)
{
    auto parts = std::tm{};
    auto const* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == nullptr)
        return fail(Errc::unavailable, "a role's keys without a time");
    return Instant{Seconds{::timegm(&parts)}};
}

std::string container_token()
{
    auto const file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (file.empty())
        return variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    auto token = std::string{};
    std::getline(std::ifstream{file}, token);
    return token;
}

}  // namespace

Result<Credentials> parse_role_credentials(std::string_view json)
{
    auto error = boost::system::error_code{};
    auto const value = boost::json::parse(json, error);
    auto const* const object = error ? nullptr : value.if_object();
    if (object == nullptr)
        return fail(Errc::unavailable, "a role's keys aren't JSON");
    auto keys = Credentials{text_of(*object, "AccessKeyId"), text_of(*object, "SecretAccessKey"), text_of(*object, "Token"), {}};
    if (keys.access_key.empty() || keys.secret_key.empty())
        return fail(Errc::unavailable, "a role's keys are missing");
    TRY(keys.expires_at, parse_time(text_of(*object, "Expiration")));
    return keys;
}

CredentialSource::CredentialSource(Settings const& settings, HttpClient& http) : http_(http)
{
    last_ = {settings.access_key, settings.secret_key, {}, {}};
    if (last_.access_key.empty())
        last_ = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN"), {}};
}

Credentials CredentialSource::last() const
{
    auto const lock = std::scoped_lock{mutex_};
    return last_;
}

Task<Credentials> CredentialSource::get()
{
    auto const held = last();
    if (hold(held, now() + kAhead))
        co_return held;
    // One asks; the others use what still holds, or ask as well.
    auto const is_first = !is_fetching_.exchange(true);
    if (!is_first && hold(held, now()))
        co_return held;
    auto fetched = co_await fetch();
    if (is_first)
        is_fetching_ = false;
    if (!fetched && hold(held, now()))
        co_return held;
    CO_TRY(auto fresh, std::move(fetched));
    auto const lock = std::scoped_lock{mutex_};
    last_ = fresh;
    co_return fresh;
}

Task<Credentials> CredentialSource::fetch() const
{
    auto const in_container =
        !variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").empty() || !variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").empty();
    auto fetched = co_await (in_container ? fetch_from_container() : fetch_from_instance());
    if (!fetched)
        co_return fail(Errc::unavailable,
                       "no keys for the store (" + fetched.error().detail +
                           "): set FLEETING_S3_ACCESS_KEY and FLEETING_S3_SECRET_KEY, or give this machine a role");
    co_return fetched;
}

Task<Credentials> CredentialSource::fetch_from_container() const
{
    auto url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (url.empty())
        url = kContainer + variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    auto request = request_for("GET", std::move(url));
    if (auto const token = container_token(); !token.empty())
        request.headers.push_back("Authorization: " + token);
    CO_TRY(auto const json, co_await ask(std::move(request)));
    co_return parse_role_credentials(json);
}

Task<Credentials> CredentialSource::fetch_from_instance() const
{
    auto endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (endpoint.empty())
        endpoint = kInstance;
    auto for_token = request_for("PUT", endpoint + "/latest/api/token");
    for_token.headers.emplace_back("X-aws-ec2-metadata-token-ttl-seconds: 300");
    CO_TRY(auto const token, co_await ask(std::move(for_token)));
    auto for_role = request_for("GET", endpoint + kRolePath);
    for_role.headers.push_back("X-aws-ec2-metadata-token: " + token);
    auto for_keys = for_role;
    CO_TRY(auto const role, co_await ask(std::move(for_role)));
    for_keys.url += uri_encode(role.substr(0, role.find('\n')));
    CO_TRY(auto const json, co_await ask(std::move(for_keys)));
    co_return parse_role_credentials(json);
}

Task<std::string> CredentialSource::ask(HttpRequest request) const
{
    CO_TRY(auto answer, co_await http_.send(std::move(request)));
    if (answer.status != 200)
        co_return fail(Errc::unavailable, "the endpoint for keys answered " + std::to_string(answer.status));
    co_return std::move(answer.text);
}

}  // namespace fleeting::s3
