#pragma once

#include "s3/http_client.hpp"

#include <array>
#include <curl/curl.h>

namespace fleeting::s3 {

/// One request on its way, with all that libcurl refers to meanwhile.
struct HttpClient::Transfer {
    Transfer(HttpRequest asked, Done answered, HttpStats& counted);
    ~Transfer();
    Transfer(Transfer const&) = delete;
    Transfer& operator=(Transfer const&) = delete;

    /// Whether its time ran out before it began.
    [[nodiscard]] bool is_late() const { return std::chrono::steady_clock::now() >= deadline; }
    void set_up(std::string const& ca_file);
    /// What has come of it.
    Result<HttpAnswer> outcome(CURLcode code);

    HttpRequest request;
    Done done;
    HttpStats& stats;
    Deadline deadline;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    HttpAnswer answer;
    std::size_t sent = 0;
    std::array<char, CURL_ERROR_SIZE> problem{};

private:
    void set_up_body();
    std::size_t take(Bytes bytes);
    static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
};

}  // namespace fleeting::s3
