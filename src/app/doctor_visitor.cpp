#include "app/doctor_visitor.hpp"

#include "base/ascii.hpp"
#include "http/text.hpp"

#include <array>
#include <curl/curl.h>
#include <memory>
#include <sys/socket.h>
#include <thread>

namespace fleeting::app {
namespace {

constexpr auto kTrickle = Milliseconds{20};
constexpr auto kNarrow = 64 << 10;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Fields = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct Exchange {
    Ask const& ask;
    Answer answer{};
    std::size_t sent = 0;
};

std::size_t take_head(char const* bytes, std::size_t, std::size_t count, void* user)
{
    auto& answer = static_cast<Exchange*>(user)->answer;
    auto const line =
        http::trimmed(std::string_view{bytes, count}.substr(0, std::string_view{bytes, count}.find_first_of("\r\n")));
    auto const colon = line.find(':');
    if (line.starts_with("HTTP/"))
        answer.fields.clear();  // what was before was an interim one
    else if (colon != std::string_view::npos)
        answer.fields.emplace_back(line.substr(0, colon), http::trimmed(line.substr(colon + 1)));
    return count;
}

std::size_t take_body(char const* bytes, std::size_t, std::size_t count, void* user)
{
    auto& exchange = *static_cast<Exchange*>(user);
    if (exchange.ask.hear)
        exchange.ask.hear({bytes, count});
    else
        exchange.answer.body.append(bytes, count);
    return count;
}

std::size_t give_body(char* bytes, std::size_t, std::size_t most, void* user)
{
    auto& exchange = *static_cast<Exchange*>(user);
    if (exchange.ask.stop.stop_requested())
        return CURL_READFUNC_ABORT;
    auto const& body = exchange.ask.body;
    if (exchange.sent < body.size()) {
        auto const count = body.copy(bytes, most, exchange.sent);
        exchange.sent += count;
        return count;
    }
    if (!exchange.ask.announced || exchange.sent == exchange.ask.announced)
        return 0;
    std::this_thread::sleep_for(kTrickle);
    *bytes = 'x';
    ++exchange.sent;
    return 1;
}

/// Before it connects, as the window that is announced then is never larger.
int narrow(void*, curl_socket_t socket, curlsocktype)
{
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kNarrow, sizeof kNarrow);
    return CURL_SOCKOPT_OK;
}

int look_whether_to_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return static_cast<Exchange*>(user)->ask.stop.stop_requested() ? 1 : 0;
}

void set_way(CURL* handle, Way const& way)
{
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");  // all it knows, as a browser does
    if (!way.ca_file.empty())
        curl_easy_setopt(handle, CURLOPT_CAINFO, way.ca_file.c_str());
    if (!way.is_checking) {
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!way.from.empty())
        curl_easy_setopt(handle, CURLOPT_INTERFACE, ("host!" + way.from).c_str());
}

Fields fields_of(Way const& way, Ask const& ask)
{
    auto* fields = curl_slist_append(nullptr, "Expect:");
    for (auto const* const list : {&way.fields, &ask.fields})
        for (auto const& field : *list)
            fields = curl_slist_append(fields, field.c_str());
    return {fields, &curl_slist_free_all};
}

void set_body(CURL* handle, Exchange& exchange)
{
    auto const& ask = exchange.ask;
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, ask.method.c_str());
    if (ask.body.empty() && !ask.announced)
        return;
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(ask.announced.value_or(ask.body.size())));
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &give_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
}

void set_connection(CURL* handle, Ask const& ask)
{
    if (ask.is_http_1_1)
        curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (ask.is_narrow)
        curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &narrow);
}

void set_listeners(CURL* handle, Exchange& exchange)
{
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_head);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &look_whether_to_stop);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
}

std::string text_of(CURL* handle, CURLINFO info)
{
    char const* text = nullptr;
    curl_easy_getinfo(handle, info, &text);
    return text == nullptr ? "" : text;
}

}  // namespace

std::string Answer::field(std::string_view name) const
{
    auto joined = std::string{};
    for (auto const& [each, value] : fields)
        if (equal_ignoring_case(each, name))
            joined += (joined.empty() ? "" : ", ") + value;
    return joined;
}

Result<Answer> Visitor::ask_blocking(Ask const& ask) const
{
    auto const handle = Handle{curl_easy_init(), &curl_easy_cleanup};
    auto const fields = fields_of(way_, ask);
    auto const elsewhere = Fields{curl_slist_append(nullptr, ("::" + way_.connect_to + ":").c_str()), &curl_slist_free_all};
    auto exchange = Exchange{ask};
    auto trouble = std::array<char, CURL_ERROR_SIZE>{};
    curl_easy_setopt(handle.get(), CURLOPT_URL, (way_.base + ask.path).c_str());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, fields.get());
    if (!way_.connect_to.empty())
        curl_easy_setopt(handle.get(), CURLOPT_CONNECT_TO, elsewhere.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, trouble.data());
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(ask.patience.count()));
    set_way(handle.get(), way_);
    set_body(handle.get(), exchange);
    set_connection(handle.get(), ask);
    set_listeners(handle.get(), exchange);
    auto const done = curl_easy_perform(handle.get());
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &exchange.answer.status);
    auto const detail = std::string{trouble[0] != '\0' ? trouble.data() : curl_easy_strerror(done)};
    if (done == CURLE_PEER_FAILED_VERIFICATION)
        return fail(Errc::invalid_request, detail);
    if (done == CURLE_SSL_CACERT_BADFILE)
        return fail(Errc::invalid_request, "--ca-file " + way_.ca_file + " can't be read, or holds no certificate");
    if (done == CURLE_SSL_CONNECT_ERROR)
        return fail(Errc::not_found, detail);
    if (done != CURLE_OK && exchange.answer.status < 200)
        return fail(Errc::unavailable, detail);
    exchange.answer.from = text_of(handle.get(), CURLINFO_LOCAL_IP);
    exchange.answer.to = text_of(handle.get(), CURLINFO_PRIMARY_IP);
    return std::move(exchange.answer);
}

}  // namespace fleeting::app
