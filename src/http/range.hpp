#pragma once

#include "base/result.hpp"
#include "base/units.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// A representation that conditional and range requests are judged against (RFC 9110 §13, §14).
struct Representation {
    ByteCount size;
    std::string etag;  ///< strong, with its quotes
};

/// The part to send.
struct ByteRange {
    ByteOffset first;
    ByteCount count;
    bool is_partial = false;
};

/// What the preconditions and `Range`/`If-Range` of `request` ask for: a part (or the whole), or the response that ends it
/// (304, 412, 416 with `Content-Range`). One range is served; 2–8 → the whole; more than 8 → 416.
std::variant<ByteRange, Response> select_range(Request const& request, Representation const& representation);

/// The 412 of a request that would change what has that `etag` now (nothing: there is none) and whose preconditions don't hold.
std::optional<Response> refuse_change(Request const& request, std::optional<std::string_view> etag);

/// Sets Accept-Ranges, ETag, and Content-Range with status 206 where `range` is a part.
void describe_range(Response& response, ByteRange const& range, Representation const& representation);

}  // namespace fleeting::http
