// TLS by OpenSSL straight on the non-blocking socket: the same "try, else wait" as a plain connection.

#include "http/body.hpp"
#include "http/transport.hpp"

#include <algorithm>
#include <limits>
#include <openssl/err.h>
#include <unistd.h>

namespace fleeting::http {
namespace {

class TlsTransport final : public Transport {
public:
    TlsTransport(Socket socket, SSL_CTX& context) : Transport(std::move(socket)), ssl_(SSL_new(&context), &SSL_free)
    {
        SSL_set_fd(ssl_.get(), socket_.native_handle());
        SSL_set_accept_state(ssl_.get());
    }

    net::awaitable<bool> handshake() override
    {
        while (true) {
            ERR_clear_error();
            auto const done = SSL_do_handshake(ssl_.get());
            if (done == 1)
                co_return true;
            auto const error = SSL_get_error(ssl_.get(), done);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
                co_return false;
            auto const waited = error == SSL_ERROR_WANT_READ ? co_await wait_readable() : co_await wait_writable();
            if (!waited)
                co_return false;
        }
    }

    IoResult read_now(MutableBytes into) override
    {
        ERR_clear_error();
        return result_of(SSL_read(ssl_.get(), into.data(), bounded(into.size())));
    }

    IoResult write_now(Bytes bytes, bool) override
    {
        ERR_clear_error();
        return result_of(SSL_write(ssl_.get(), bytes.data(), bounded(bytes.size())));
    }

    IoResult send_file_now(int descriptor, ByteOffset from, std::size_t count) override
    {
        // One record: with partial writes SSL_write takes no more at a time, and the rest would be read again.
        constexpr auto kRecord = std::size_t{16} << 10;
        auto const scratch = thread_scratch().first(std::min(count, kRecord));
        auto const read = ::pread(descriptor, scratch.data(), scratch.size(), static_cast<off_t>(from.value));
        if (read > 0)
            return write_now(scratch.first(static_cast<std::size_t>(read)), false);
        tell_unreadable(read);
        return {Io::closed};
    }

    [[nodiscard]] bool has_pending() const override { return SSL_pending(ssl_.get()) > 0; }

private:
    static int bounded(std::size_t size)
    {
        return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    }

    IoResult result_of(int count)
    {
        if (count > 0)
            return {Io::done, static_cast<std::size_t>(count)};
        auto const error = SSL_get_error(ssl_.get(), count);
        return {error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Io::would_block : Io::closed};
    }

    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace

std::unique_ptr<Transport> tls_transport(Socket socket, SSL_CTX& context)
{
    return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace fleeting::http
