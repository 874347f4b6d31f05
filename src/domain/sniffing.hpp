#pragma once

#include "base/units.hpp"

#include <optional>
#include <string_view>

namespace fleeting {

/// As much of a file's beginning as `sniffed_type` looks at.
inline constexpr auto kSniffedBytes = std::size_t{512};
/// Longer text is downloaded, not shown.
inline constexpr auto kMostTextBytes = std::size_t{2'000'000};

/// The media type of a picture, a sound, a film or a PDF that begins with these bytes, where browsers show its kind in a page;
/// nothing for all else. A name and a stated type could lie and are never asked, and no type comes out that a browser runs.
/// source    WHATWG MIME Sniffing §6
std::optional<std::string_view> sniffed_type(Bytes beginning);

/// Whether all of it is UTF-8 without a control character other than tabs and line ends.
bool is_plain_text(Bytes text);

}  // namespace fleeting
