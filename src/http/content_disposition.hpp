#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// RFC 6266: `attachment; filename="ascii"; filename*=UTF-8''…`, the one builder of it.
/// type   `attachment`, or `inline`
std::string content_disposition(std::string_view file_name, std::string_view type = "attachment");

/// The file's name in a request's Content-Disposition: `filename*` where there is one, else `filename`. Nothing for a field that
/// isn't well-formed. source: RFC 6266 §4, RFC 8187
std::optional<std::string> file_name_of(std::string_view field);

}  // namespace fleeting::http
