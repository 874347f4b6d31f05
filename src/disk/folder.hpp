#pragma once

#include "disk/descriptor.hpp"

#include <filesystem>
#include <sys/types.h>

namespace fleeting::disk {

/// What a folder is, for the log and for errors.
inline constexpr auto kDataFolder = "data folder";
inline constexpr auto kTombstoneFolder = "folder of tombstones";

/// The folder that it lies in, also of `data/` and of `data`.
std::filesystem::path parent_of(std::filesystem::path const& folder);

/// Opens a folder that is ours alone, making it (0700), and a line in the log, where it isn't. The one above must be there.
/// errors    unavailable, with what to do: nothing to make it in, not a folder, owned by another, open to group or others
Result<Descriptor> open_own_folder(std::filesystem::path const& folder, std::string const& what);

/// Opens the data folder, making it (0700) where it isn't, and holds it against a second process while the result lives.
/// errors    unavailable, with what to do: not a folder, owned by another, open to group or others, in use
Result<Descriptor> open_data_folder(std::filesystem::path const& folder);

/// What `open_own_folder` refuses of a folder that is there, whoever asks.
/// returns   whose it is
/// errors    unavailable, as that tells it: not a folder, open to group or others
Result<uid_t> check_own_folder(std::filesystem::path const& folder, std::string const& what);

/// Opens (making it) a folder inside `parent`; a symlink in its place is refused.
Result<Descriptor> open_subfolder(Descriptor const& parent, char const* name);

}  // namespace fleeting::disk
