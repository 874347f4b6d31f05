#include "postgres/files.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <string_view>

namespace fleeting::postgres {
namespace {

constexpr auto kNamingFiles =
    std::to_array<std::string_view>({"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile"});

using Options = std::unique_ptr<PQconninfoOption, decltype([](PQconninfoOption* options) { PQconninfoFree(options); })>;

}  // namespace

std::vector<std::filesystem::path> files_of(std::string const& url)
{
    auto files = std::vector<std::filesystem::path>{};
    auto const options = Options{PQconninfoParse(url.c_str(), nullptr)};
    for (auto const* option = options.get(); option != nullptr && option->keyword != nullptr; ++option)
        if (option->val != nullptr && std::ranges::find(kNamingFiles, option->keyword) != kNamingFiles.end())
            files.emplace_back(option->val);
    if (auto const* const home = std::getenv("HOME"); home != nullptr) {
        files.push_back(std::filesystem::path{home} / ".postgresql");
        files.push_back(std::filesystem::path{home} / ".pgpass");
    }
    return files;
}

}  // namespace fleeting::postgres
