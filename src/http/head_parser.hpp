#pragma once

#include "http/headers.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace fleeting::http {

inline constexpr auto kMaxHeadBytes = std::size_t{16} << 10;

/// Why a head is refused: the status to answer with before the connection closes.
struct Refusal {
    int status;
    std::string_view reason;
    std::string_view field = {};  ///< the header field, or `path`, where it is one that is wrong
};

/// A request's head, framing decided. Views into the bytes it was parsed from.
struct RequestHead {
    Method method = Method::unknown;
    std::string_view path;   ///< from the origin- or absolute-form, begins with `/` (or is `*`)
    std::string_view query;  ///< without `?`
    std::string_view target;
    std::string_view host;
    RequestHeaders headers;
    bool is_http_1_1 = true;
    bool keep_alive = true;
    bool expects_continue = false;
    bool is_chunked = false;
    std::uint64_t content_length = 0;
};

/// Where a head ends.
enum class HeadEnd : std::uint8_t { incomplete, complete, malformed };
struct HeadScan {
    HeadEnd end;
    std::size_t size = 0;  ///< bytes up to and with the empty line, where complete
};
/// Looks for the empty line; a line feed without its carriage return is malformed at once, not after a timeout.
/// from   bytes looked at by an earlier call
HeadScan find_head_end(std::string_view bytes, std::size_t from);

/// Strict RFC 9112: whatever could be read in two ways is refused.
/// head   complete, as found by `find_head_end`
std::expected<RequestHead, Refusal> parse_head(std::string_view head);

}  // namespace fleeting::http
