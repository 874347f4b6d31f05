#include "domain/links.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto rest = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto parts = std::array<std::string_view, 4>{};
    for (auto& part : parts) {
        part = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    auto const& [file, e, k, s] = parts;
    auto const link = fleeting::parse_link(file, e, k, s);
    auto const spelling = "/d/" + std::string{file} + "?e=" + std::string{e} + "&k=" + std::string{k} + "&s=" + std::string{s};
    if (link && fleeting::to_link_path(*link) != spelling)
        std::abort();  // one spelling a link
    return 0;
}
