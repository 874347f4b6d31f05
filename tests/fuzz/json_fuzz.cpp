#include "api/json.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto fields = fleeting::api::JsonFields::parse({reinterpret_cast<char const*>(bytes), size});
    if (!fields)
        return 0;
    (void)fields->take_string("name");
    (void)fields->take_seconds("ttl_seconds");
    (void)fields->take_bool("locked");
    (void)fields->finish();
    return 0;
}
