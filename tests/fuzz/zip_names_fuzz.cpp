#include "domain/names.hpp"
#include "domain/portable_names.hpp"
#include "domain/unicode.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace {

/// What no reader of a ZIP may be told, on any system.
bool is_unsafe(std::string_view name)
{
    if (name.empty() || name.front() == '/' || name.size() > 0xFFFF)
        return true;
    while (true) {
        auto const slash = std::min(name.find('/'), name.size());
        auto const segment = name.substr(0, slash);
        if (segment.empty() || segment.size() > 255 || segment.back() == '.' || segment.back() == ' ')
            return true;
        if (segment.find_first_of("<>:\"|?*\\") != std::string_view::npos)
            return true;
        if (slash == name.size())
            return false;
        name.remove_prefix(slash + 1);
    }
}

}  // namespace

// A line a name, each twice: all must come out safe and different.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    using namespace fleeting;
    auto rest = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto portable = std::vector<std::string>{};
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (auto const name = parse_file_name(line))
            portable.insert(portable.end(), 2, portable_name(*name));
    }
    auto names = PortableNames{};
    for (auto const& name : portable)
        names.add_folders_of(name);
    auto seen = std::set<std::string>{};
    for (auto const& name : portable) {
        auto const unique = names.unique(name);
        if (is_unsafe(unique) || !unicode::parse_utf8(unique) || !seen.insert(unique).second)
            std::abort();
    }
    return 0;
}
