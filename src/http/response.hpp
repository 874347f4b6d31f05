#pragma once

#include "base/cutoff.hpp"
#include "base/units.hpp"
#include "http/body.hpp"
#include "http/headers.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace fleeting::http {

/// Bytes that outlive the response (embedded assets).
struct StaticBody {
    Bytes bytes;
};

/// Part of an open file, sent by sendfile(2). `owner` keeps the descriptor open.
struct FileBody {
    std::shared_ptr<void const> owner;
    int descriptor = -1;
    ByteOffset from;
    ByteCount count;
};

/// Written as it comes: chunked, or with `length` where it is known. The coroutine's error cuts the connection, so a short
/// body never looks whole.
struct StreamBody {
    std::function<Task<>(BodyWriter&)> write;
    std::optional<ByteCount> length;
    bool is_dense = false;  ///< one write follows the other: only full segments leave
};

using Body = std::variant<std::monostate, std::string, StaticBody, FileBody, StreamBody, std::unique_ptr<LastingBody>>;

/// What follows an answer, behind it.
using OnSent = std::function<void(net::any_io_executor const&)>;

/// What a handler answers. Framing fields (Content-Length, Transfer-Encoding, Connection, Date) are the connection's.
struct Response {
    int status = 200;
    ResponseHeaders headers;
    Body body;
    bool close = false;                      ///< close the connection after it
    std::shared_ptr<Cutoff const> cutoff{};  ///< cuts it within a second when it passes, as the request's own does
    /// Called once all of it was sent, on the connection's thread, with its executor; never for HEAD or a body that lasts.
    OnSent on_sent;
};

Response no_content();
/// `application/json; charset=utf-8`
Response json_response(int status, std::string json);
Response text_response(int status, std::string text);

/// RFC 9457 `application/problem+json`.
struct Problem {
    int status = 500;
    std::string_view code;   ///< stable, snake_case
    std::string_view title;  ///< a sentence that says what to do
    std::string field;       ///< or empty
    int retry_after_seconds = 0;
    std::string_view type = "about:blank";  ///< an address that names the kind, where a specification has one
    std::string members = {};               ///< more members, as JSON: `"expected-offset":5`
};
Response problem_response(Problem const& problem);

}  // namespace fleeting::http
