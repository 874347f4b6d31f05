#include "domain/sniffing.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    using namespace fleeting;
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto const all = std::as_bytes(std::span{text});
    auto const type = sniffed_type(all);
    if (type != sniffed_type(all.first(std::min(size, kSniffedBytes))))
        std::abort();  // what lies behind the beginning must not matter
    if (type && (type->starts_with("text/") || type->find("ml") != std::string_view::npos))
        std::abort();  // nothing that a browser would run
    if (is_plain_text(all) && text.find('\0') != std::string_view::npos)
        std::abort();
    return 0;
}
