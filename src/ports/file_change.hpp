#pragma once

#include "domain/file.hpp"

namespace fleeting {

/// A file's row after a change, with the room's new version.
struct FileChange {
    FileEntry file;
    std::uint64_t room_version = 0;
};

}  // namespace fleeting
