#include "domain/upload_metadata.hpp"

#include "base/base64.hpp"

#include <algorithm>

namespace fleeting {
namespace {

constexpr auto kMostBytes = std::size_t{4096};

std::string_view trimmed(std::string_view text)
{
    auto const begin = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

bool is_key(std::string_view key)
{
    return !key.empty() && std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7F; });
}

Result<> add_pair(UploadMetadata& metadata, std::string_view pair)
{
    auto const space = pair.find(' ');
    auto const key = pair.substr(0, space);
    auto const encoded = space == std::string_view::npos ? std::string_view{} : pair.substr(space + 1);
    TRY(auto const value, parse_base64(encoded));
    auto text = std::string{reinterpret_cast<char const*>(value.data()), value.size()};
    if (!is_key(key) || !metadata.emplace(key, std::move(text)).second)
        return fail(Errc::invalid_request, "key");
    return {};
}

}  // namespace

Result<UploadMetadata> parse_upload_metadata(std::string_view header)
{
    constexpr auto kField = "Upload-Metadata";
    auto metadata = UploadMetadata{};
    if (header.size() > kMostBytes)
        return fail_field(Errc::invalid_request, kField, "too long");
    while (!header.empty()) {
        auto const comma = std::min(header.find(','), header.size());
        if (auto const added = add_pair(metadata, trimmed(header.substr(0, comma))); !added)
            return fail_field(Errc::invalid_request, kField, added.error().detail);
        header.remove_prefix(std::min(comma + 1, header.size()));
    }
    return metadata;
}

}  // namespace fleeting
