#include "domain/upload_metadata.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    (void)fleeting::parse_upload_metadata({reinterpret_cast<char const*>(bytes), size});
    return 0;
}
