#include "api/human_size.hpp"

#include <array>
#include <cstdio>

namespace fleeting::api {

std::string human_size(ByteCount size)
{
    constexpr auto kUnits = std::to_array<char const*>({"B", "kB", "MB", "GB", "TB"});
    auto value = static_cast<double>(size.value);
    auto unit = std::size_t{0};
    for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit)
        value /= 1000;
    auto text = std::array<char, 32>{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
    return text.data();
}

}  // namespace fleeting::api
