#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <unicode/unistr.h>

namespace fleeting::unicode {

/// Strict UTF-8 to UTF-16: no overlong forms, no surrogates. errors: invalid_name
Result<icu::UnicodeString> parse_utf8(std::string_view text);
std::string to_utf8(icu::UnicodeString const& text);
/// Normalisation form C.
Result<icu::UnicodeString> to_nfc(icu::UnicodeString const& text);
/// NFKC_Casefold: compatibility forms and case are folded, default-ignorable code points dropped.
Result<icu::UnicodeString> to_nfkc_casefold(icu::UnicodeString const& text);
/// C0, DEL, C1, line and paragraph separators.
bool is_control(char32_t c);

}  // namespace fleeting::unicode
