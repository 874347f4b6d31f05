#pragma once

#include "base/result.hpp"
#include "http/server.hpp"

#include <memory>
#include <openssl/ssl.h>

namespace fleeting::http {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// What connections are secured by; null for plain HTTP.
/// errors    unavailable, with what is wrong about certificate or key, and its setting as the field
Result<TlsContext> make_tls_context(ServerSettings const& settings);

}  // namespace fleeting::http
