#include "s3/signer.hpp"

#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace fleeting::s3 {
namespace {

constexpr auto kAlgorithm = std::string_view{"AWS4-HMAC-SHA256"};
constexpr auto kUnreserved = std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"};

Bytes bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

std::string date_of(Instant at)
{
    return to_amz_date(at).substr(0, 8);
}

std::string scope_text(Scope const& scope, Instant now)
{
    return date_of(now) + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

std::string names_of(Pairs const& sorted)
{
    auto names = std::string{};
    for (auto const& [name, value] : sorted)
        (names += names.empty() ? "" : ";") += name;
    return names;
}

std::string canonical_request(Signable const& request, Pairs const& sorted)
{
    auto text = request.method + "\n" + request.path + "\n" + to_query(request.query) + "\n";
    for (auto const& [name, value] : sorted)
        ((text += name) += ':') += value + "\n";
    return text + "\n" + names_of(sorted) + "\n" + request.payload_hash;
}

/// Of one day, region and service.
crypto::Mac signing_key(Scope const& scope, Credentials const& who, Instant now)
{
    auto key = crypto::hmac_sha256(bytes_of("AWS4" + who.secret_key), bytes_of(date_of(now)));
    for (auto const step : {std::string_view{scope.region}, std::string_view{scope.service}, std::string_view{"aws4_request"}})
        key = crypto::hmac_sha256(Bytes{key}, bytes_of(step));
    return key;
}

std::string signature_of(Signable const& request, Pairs const& sorted, Scope const& scope, Credentials const& who, Instant now)
{
    auto const request_hash = crypto::sha256(bytes_of(canonical_request(request, sorted))).hex();
    auto const text = std::string{kAlgorithm} + "\n" + to_amz_date(now) + "\n" + scope_text(scope, now) + "\n" + request_hash;
    return to_hex(crypto::hmac_sha256(Bytes{signing_key(scope, who, now)}, bytes_of(text)));
}

Pairs sorted_headers(Pairs headers)
{
    std::ranges::sort(headers);
    return headers;
}

}  // namespace

std::string uri_encode(std::string_view text, bool keeps_slashes)
{
    constexpr auto kDigits = std::string_view{"0123456789ABCDEF"};
    auto encoded = std::string{};
    for (auto const c : text) {
        if (kUnreserved.contains(c) || (keeps_slashes && c == '/')) {
            encoded += c;
        } else {
            auto const byte = static_cast<unsigned char>(c);
            encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
        }
    }
    return encoded;
}

std::string to_query(Pairs pairs)
{
    // Sorted as they are encoded: `~` and `%` don't stand where the raw bytes would.
    for (auto& [name, value] : pairs) {
        name = uri_encode(name);
        value = uri_encode(value);
    }
    std::ranges::sort(pairs);
    auto query = std::string{};
    for (auto const& [name, value] : pairs)
        (((query += query.empty() ? "" : "&") += name) += '=') += value;
    return query;
}

std::string to_amz_date(Instant at)
{
    auto const seconds = static_cast<std::time_t>(std::chrono::floor<Seconds>(at).time_since_epoch().count());
    auto parts = std::tm{};
    ::gmtime_r(&seconds, &parts);
    auto text = std::array<char, 32>{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string authorization_of(Signable const& request, Scope const& scope, Credentials const& who, Instant now)
{
    auto const sorted = sorted_headers(request.headers);
    return std::string{kAlgorithm} + " Credential=" + who.access_key + "/" + scope_text(scope, now) +
           ",SignedHeaders=" + names_of(sorted) + ",Signature=" + signature_of(request, sorted, scope, who, now);
}

std::string presigned_query(Signable request, Scope const& scope, Credentials const& who, Instant now, Seconds lifetime)
{
    auto const sorted = sorted_headers(request.headers);
    request.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
    request.query.emplace_back("X-Amz-Credential", who.access_key + "/" + scope_text(scope, now));
    request.query.emplace_back("X-Amz-Date", to_amz_date(now));
    request.query.emplace_back("X-Amz-Expires", std::to_string(lifetime.count()));
    request.query.emplace_back("X-Amz-SignedHeaders", names_of(sorted));
    if (!who.session_token.empty())
        request.query.emplace_back("X-Amz-Security-Token", who.session_token);
    request.payload_hash = kUnsignedPayload;
    auto const signature = signature_of(request, sorted, scope, who, now);
    return to_query(std::move(request.query)) + "&X-Amz-Signature=" + signature;
}

}  // namespace fleeting::s3
