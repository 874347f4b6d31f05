#include "s3/transfer.hpp"

#include <algorithm>
#include <cstring>

namespace fleeting::s3 {
namespace {

constexpr auto kMostText = std::size_t{4} << 20;
constexpr auto kMostHeaders = std::size_t{100};
constexpr auto kBufferSize = 256L << 10;

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

HttpClient::Transfer::Transfer(HttpRequest asked, Done answered, HttpStats& counted)
    : request(std::move(asked)), done(std::move(answered)), stats(counted),
      deadline(std::chrono::steady_clock::now() + request.total)
{
    stats.waiting.fetch_add(1, std::memory_order_relaxed);
}

HttpClient::Transfer::~Transfer()
{
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    stats.waiting.fetch_sub(1, std::memory_order_relaxed);
}

void HttpClient::Transfer::set_up(std::string const& ca_file)
{
    easy = curl_easy_init();
    for (auto const& header : request.headers)
        headers = curl_slist_append(headers, header.c_str());
    // Waiting for `100 Continue` costs a second where a store doesn't send it.
    headers = curl_slist_append(headers, "Expect:");
    auto const left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left.count())));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(request.stall.count() / 1000)));
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferSize);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kBufferSize);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, problem.data());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    if (!ca_file.empty())
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    set_up_body();
}

void HttpClient::Transfer::set_up_body()
{
    if (request.method == "HEAD")
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (request.method != "PUT" && request.method != "POST") {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        return;
    }
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Transfer::on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    // A connection that was closed while it sat idle is found out with a part of the body already sent.
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

Result<HttpAnswer> HttpClient::Transfer::outcome(CURLcode code)
{
    if (code != CURLE_OK)
        return fail(Errc::unavailable, problem[0] != '\0' ? problem.data() : curl_easy_strerror(code));
    auto status = 0L;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    return std::move(answer);
}

std::size_t HttpClient::Transfer::on_read(char* out, std::size_t size, std::size_t count, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    auto const rest = transfer.request.body.subspan(transfer.sent);
    auto const part = rest.first(std::min(rest.size(), size * count));
    if (!part.empty())
        std::memcpy(out, part.data(), part.size());
    transfer.sent += part.size();
    transfer.stats.sent_bytes.fetch_add(part.size(), std::memory_order_relaxed);
    return part.size();
}

int HttpClient::Transfer::on_seek(void* self, curl_off_t offset, int origin)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (origin != SEEK_SET || offset < 0 || static_cast<std::size_t>(offset) > transfer.request.body.size())
        return CURL_SEEKFUNC_FAIL;
    transfer.sent = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t HttpClient::Transfer::on_write(char* bytes, std::size_t size, std::size_t count, void* self)
{
    return static_cast<Transfer*>(self)->take(std::as_bytes(std::span{bytes, size * count}));
}

/// Fewer than came: libcurl ends the transfer with an error.
std::size_t HttpClient::Transfer::take(Bytes bytes)
{
    stats.received_bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
    auto status = 0L;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (request.into.empty() || status >= 300) {
        if (answer.text.size() + bytes.size() > kMostText)
            return 0;
        answer.text.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return bytes.size();
    }
    if (answer.received.value + bytes.size() > request.into.size())
        return 0;
    std::ranges::copy(bytes, request.into.begin() + static_cast<std::ptrdiff_t>(answer.received.value));
    answer.received = answer.received + ByteCount{bytes.size()};
    return bytes.size();
}

std::size_t HttpClient::Transfer::on_header(char* line, std::size_t size, std::size_t count, void* self)
{
    auto& answer = static_cast<Transfer*>(self)->answer;
    auto const text = std::string_view{line, size * count};
    auto const colon = text.find(':');
    if (text.starts_with("HTTP/"))
        answer.headers.clear();  // an informational head came before it
    else if (colon != std::string_view::npos && answer.headers.size() < kMostHeaders) {
        auto name = std::string{text.substr(0, colon)};
        std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        answer.headers[name] = trimmed(text.substr(colon + 1));
    }
    return size * count;
}

}  // namespace fleeting::s3
