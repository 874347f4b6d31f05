#pragma once

#include "base/result.hpp"
#include "ports/scanner.hpp"

#include <string_view>

namespace fleeting::clamav {

/// More than any answer of clamd's to one file.
inline constexpr auto kMostAnswerBytes = std::size_t{4096};

/// clamd's answer to INSTREAM, without the NUL at its end: `stream: OK`, `stream: Name FOUND`, or what ends in ` ERROR`, of which
/// that the stream was too large is a verdict.
///
/// errors    unavailable: clamd couldn't scan it, or this is no answer
/// source    clamd(8), INSTREAM
Result<Verdict> parse_answer(std::string_view answer);

}  // namespace fleeting::clamav
