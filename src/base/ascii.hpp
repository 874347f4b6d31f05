#pragma once

#include <string_view>

namespace fleeting {

/// A letter of A to Z as its small one, every other byte as it is, whatever the locale.
constexpr char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
/// Whether both are the same but for the case of A to Z.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace fleeting
