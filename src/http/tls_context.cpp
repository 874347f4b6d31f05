#include "http/tls_context.hpp"

#include <cerrno>
#include <fstream>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <system_error>

namespace fleeting::http {
namespace {

/// what    of the settings `tls-certificate` and `tls-key`
std::unexpected<Error> refused(std::string const& what, std::string detail)
{
    return fail_field(Errc::unavailable, "tls-" + what, std::move(detail));
}

/// OpenSSL tells a file that isn't there from one that holds something else by a number of its own.
Result<> require_readable(std::string const& what, std::string const& name)
{
    errno = 0;
    if (auto file = std::ifstream{name}; file && file.peek() != std::ifstream::traits_type::eof())
        return {};
    auto const why = errno != 0 ? std::generic_category().message(errno) : "it is empty";
    return refused(what, "can't read the " + what + ' ' + name + ": " + why);
}

/// Of what OpenSSL has said so far; that is forgotten.
bool has_said(int library, int reason)
{
    auto is_found = false;
    while (auto const said = ERR_get_error())
        is_found |= ERR_GET_LIB(said) == library && ERR_GET_REASON(said) == reason;
    return is_found;
}

Result<> take_certificate(SSL_CTX* tls, std::string const& name)
{
    TRY(require_readable("certificate", name));
    if (SSL_CTX_use_certificate_chain_file(tls, name.c_str()) == 1)
        return {};
    auto const is_none = has_said(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    return refused("certificate", "can't use the certificate " + name + ": " +
                                      (is_none ? "no certificate in PEM is in it" : "it is damaged, or too weak"));
}

Result<> take_key(SSL_CTX* tls, std::string const& name, std::string const& certificate)
{
    TRY(require_readable("key", name));
    if (SSL_CTX_use_PrivateKey_file(tls, name.c_str(), SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(tls) == 1)
        return {};
    auto const is_another = has_said(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    return refused("key",
                   "can't use the key " + name + ": " +
                       (is_another ? "it isn't that of the certificate " + certificate : "no private key in PEM is in it"));
}

}  // namespace

Result<TlsContext> make_tls_context(ServerSettings const& settings)
{
    auto context = TlsContext{nullptr, &SSL_CTX_free};
    if (settings.tls_certificate_file.empty())
        return context;
    context.reset(SSL_CTX_new(TLS_server_method()));
    auto* const tls = context.get();
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);  // it costs us more than the client
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    ERR_clear_error();
    TRY(take_certificate(tls, settings.tls_certificate_file));
    TRY(take_key(tls, settings.tls_key_file, settings.tls_certificate_file));
    return context;
}

}  // namespace fleeting::http
