#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fleeting::http {

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text);
/// No control bytes but HTAB.
bool is_field_value(std::string_view text);
/// Without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view start);
/// Whether a comma-separated list has `token`, without case.
bool has_list_token(std::string_view list, std::string_view token);
/// Takes the next element (trimmed) off a comma-separated list; false at its end.
bool take_element(std::string_view& list, std::string_view& element, char separator = ',');

/// Percent-decodes once. Nothing for a malformed escape, NUL, or what isn't UTF-8.
std::optional<std::string> percent_decoded(std::string_view text);
/// Everything but RFC 3986's unreserved characters, encoded; `keep` stays too.
std::string percent_encoded(std::string_view text, std::string_view keep = {});
bool is_utf8(std::string_view text);

}  // namespace fleeting::http
