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
    /// `portable`, or with a number where that is taken. The work for n names grows as n does, whatever they are.
    std::string unique(std::string portable);

private:
    std::string numbered(std::string const& portable, unsigned& next);

    // Hashes of folded paths: two that meet by chance cost a number nobody needed.
    std::unordered_set<std::uint64_t> folders_;
    std::unordered_map<std::uint64_t, unsigned> taken_;  ///< with the number that the next of the same name may have
    unsigned above_all_ = 2;                             ///< no number from here on has been given
};

}  // namespace fleeting
