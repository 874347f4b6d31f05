#pragma once

#include "s3/http_client.hpp"
#include "s3/settings.hpp"
#include "s3/signer.hpp"

#include <atomic>
#include <mutex>

namespace fleeting::s3 {

/// Where the keys come from: the settings; else AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; else the
/// container's endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI); else the instance's role (IMDSv2). Those of a role
/// are asked for again before they expire. Thread-safe.
class CredentialSource {
public:
    CredentialSource(Settings const& settings, HttpClient& http);

    /// Keys that hold for a while. errors: unavailable, with what to do
    Task<Credentials> get();
    /// The last ones that `get` had.
    [[nodiscard]] Credentials last() const;

private:
    Task<Credentials> fetch() const;
    Task<Credentials> fetch_from_container() const;
    Task<Credentials> fetch_from_instance() const;
    Task<std::string> ask(HttpRequest request) const;

    HttpClient& http_;
    mutable std::mutex mutex_;
    Credentials last_;  ///< guarded by mutex_
    std::atomic<bool> is_fetching_{false};
};

/// What both endpoints answer. errors: unavailable
Result<Credentials> parse_role_credentials(std::string_view json);

}  // namespace fleeting::s3
