#include "api/digest_headers.hpp"
#include "api/draft_headers.hpp"
#include "api/tus_headers.hpp"

#include <cstdint>
#include <cstdlib>

// A line a field, as in a request: `Name: value`.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    using namespace fleeting;
    auto rest = std::string_view{reinterpret_cast<char const*>(bytes), size};
    auto request = http::Request{};
    request.host = "localhost";
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        auto const colon = line.find(": ");
        if (colon != std::string_view::npos)
            request.headers.add(line.substr(0, colon), line.substr(colon + 2));  // a request only views its fields
    }
    auto const creation = api::creation_of(request, "/api/v1/rooms/lab/files/");
    if (creation && creation->wish.length && *creation->wish.length > ByteCount{kMaxSize})
        std::abort();
    if (auto const checksum = api::upload_checksum_of(request); checksum && *checksum)
        if ((*checksum)->value.size() != size_of((*checksum)->kind))
            std::abort();
    (void)api::size_field(request, "Upload-Offset");
    (void)api::content_digest_of(request);
    (void)api::repr_digest_of(request);
    (void)api::interop_version_of(request);
    (void)api::upload_complete_of(request);
    (void)api::draft_offset_of(request);
    (void)api::draft_length_of(request);
    return 0;
}
