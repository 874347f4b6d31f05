#include "http/content_disposition.hpp"
#include "http/structured_fields.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    using namespace fleeting::http;
    auto const field = std::string_view{reinterpret_cast<char const*>(bytes), size};
    (void)parse_sf_boolean(field);
    (void)parse_sf_size(field);
    if (auto const members = parse_sf_byte_sequences(field))
        for (auto const& [key, value] : *members) {
            auto const again = parse_sf_byte_sequences(key + '=' + to_sf_bytes(value));
            if (!again || again->at(key) != value)
                std::abort();  // what was read can be written
        }
    (void)file_name_of(field);
    return 0;
}
