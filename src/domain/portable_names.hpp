#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace fleeting {

/// A file's name as every system can store it: in each segment what Windows refuses (`<>:"|?*\`, control characters, a trailing
/// dot or space, reserved device names) gives way to `_`. Folders stay.
std::string portable_name(std::string_view name);

/// Portable names of one archive, each once even where case doesn't count, and none that is a folder of another.
class PortableNames {
public:
    /// Tell every name before asking for the first.
    void add_folders_of(std::string const& portable);
    /// `portable`, or its first free number.
    std::string unique(std::string portable);

private:
    // By hashes of folded paths: two that meet by chance cost a number nobody needed.
    std::unordered_set<std::uint64_t> folders_;
    std::unordered_map<std::uint64_t, unsigned> taken_;  ///< and the number that the next one of that name may have
};

}  // namespace fleeting
