#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// RFC 6266: `attachment; filename="ascii"; filename*=UTF-8''…`, the one builder of it.
/// type   `attachment`, or `inline`
std::string content_disposition(std::string_view file_name, std::string_view type = "attachment");

/// How text between quotes writes what would end it.
enum class Escapes {
    backslash,  ///< `\"` and `\\`, in HTTP. source: RFC 9110 §5.6.4
    percent,    ///< `%22`, `%0D` and `%0A`, in a form; a backslash is itself. source: WHATWG HTML, multipart form data
};

/// The file's name in a request's Content-Disposition: `filename*` where there is one, else `filename`. Nothing for a field that
/// isn't well-formed. source: RFC 6266 §4, RFC 8187
std::optional<std::string> file_name_of(std::string_view field, Escapes escapes = Escapes::backslash);
/// The same, but one that is there and can't be read isn't passed over: the file would lose its name without a word.
/// errors    invalid_name
Result<std::optional<std::string>> readable_file_name_of(std::string_view field, Escapes escapes = Escapes::backslash);

}  // namespace fleeting::http
