#pragma once

#include <string>
#include <string_view>

namespace fleeting::app {

/// How to write what `text` may mean, where it isn't written as a value of that kind is; empty where it is, whatever it says.

/// "write a duration as 30min (units: ms, s, min, h)" of `30m`.
std::string spelling_of_duration(std::string_view text);
/// "write a size as 5GB or 5GiB (…)" of `5G`.
std::string spelling_of_bytes(std::string_view text);
/// "write a rate as 10/1min (…)" of `10/min`.
std::string spelling_of_rate(std::string_view text);

}  // namespace fleeting::app
