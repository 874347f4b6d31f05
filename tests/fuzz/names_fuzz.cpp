#include "domain/names.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    if (auto const room = fleeting::parse_room_name(text)) {
        auto const again = fleeting::parse_room_name(room->key);
        if (!again || again->key != room->key)
            std::abort();  // folding a folded name changes nothing
    }
    if (auto const file = fleeting::parse_file_name(text)) {
        if (!fleeting::parse_file_name(fleeting::numbered_name(*file, 4'294'967'295U)))
            std::abort();
    }
    (void)fleeting::parse_nickname(text);
    (void)fleeting::parse_password(text);
    return 0;
}
