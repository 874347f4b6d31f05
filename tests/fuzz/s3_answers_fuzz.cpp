// What an object store answers: listings, ids and errors in XML, and a role's keys in JSON.

#include "s3/answers.hpp"
#include "s3/credentials.hpp"
#include "s3/names.hpp"

#include <cstdint>
#include <cstdlib>

namespace s3 = fleeting::s3;

namespace {

/// A name that is read is written the same again.
void check_names(s3::Page const& page)
{
    static auto const names = s3::Names{"blobs/"};
    for (auto const& entry : page.entries)
        if (auto const parsed = names.parse(entry.key); parsed && names.of(parsed->first, parsed->second) != entry.key)
            std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    auto const text = std::string_view{reinterpret_cast<char const*>(bytes), size};
    for (auto const parse : {s3::parse_objects, s3::parse_uploads, s3::parse_versions})
        if (auto const page = parse(text)) {
            check_names(*page);
            if (!page->is_last && page->next_key.empty())
                std::abort();
        }
    static_cast<void>(s3::parse_upload_id(text));
    static_cast<void>(s3::parse_copied_etag(text));
    static_cast<void>(s3::parse_completed(text));
    static_cast<void>(s3::parse_delete_errors(text));
    static_cast<void>(s3::parse_versioning(text));
    static_cast<void>(s3::has_abort_rule(text));
    static_cast<void>(s3::lets_pages_upload(text));
    static_cast<void>(s3::error_of(text));
    static_cast<void>(s3::parse_role_credentials(text));
    return 0;
}
