#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fleeting::sandbox {

/// What a process may still do once it is inside. Of what isn't named here nothing is left.
struct Profile {
    std::vector<std::filesystem::path> readable{};  ///< files and folders, with all below them; what doesn't exist is passed over
    std::vector<std::filesystem::path> writable{};  ///< folders below which files and folders are made, changed and removed
    std::vector<std::filesystem::path> socketed{};  ///< folders in which Unix sockets are made and removed
    std::vector<std::uint16_t> ports{};             ///< TCP ports it may listen on; with 0 among them any
    bool may_connect = false;                       ///< whether it may open TCP connections itself
};

/// What the kernel took away, each `by …`, or why not, beginning with `not`.
struct Report {
    std::string files;
    std::string calls;

    [[nodiscard]] bool is_whole() const { return !files.starts_with("not") && !calls.starts_with("not"); }
};

/// Gives up, for good, what `profile` doesn't keep: files and ports by Landlock, system calls by seccomp, new privileges.
/// It holds for this thread and those it starts from here on: call it before there is another one.
/// Where the kernel can't, or an outer sandbox won't let it, the rest is given up all the same, and the report says so.
/// source    docs/adr/0018-sandbox.md
Report enter(Profile const& profile);

/// What `enter` would report on this kernel. Gives up nothing.
Report outlook();

}  // namespace fleeting::sandbox
