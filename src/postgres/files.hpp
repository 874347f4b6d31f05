#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fleeting::postgres {

/// The files that libpq may read to connect to `url`: certificates and keys it names, else those in the user's home, and
/// passwords. Some won't exist.
std::vector<std::filesystem::path> files_of(std::string const& url);

}  // namespace fleeting::postgres
