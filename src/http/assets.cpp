#include "http/assets.hpp"

#include "http/range.hpp"
#include "http/text.hpp"

namespace fleeting::http {
namespace {

/// Whether Accept-Encoding names `coding` with a weight above zero.
bool accepts(std::string_view field, std::string_view coding)
{
    auto element = std::string_view{};
    while (take_element(field, element)) {
        auto parameters = element;
        auto name = std::string_view{};
        take_element(parameters, name, ';');
        if (!equal_ignoring_case(name, coding))
            continue;
        auto weight = trimmed(parameters);
        return !(starts_with_ignoring_case(weight, "q=0") && weight.find_first_not_of("0.", 2) == std::string_view::npos);
    }
    return false;
}

struct Encoded {
    Bytes bytes;
    std::string_view coding;
};

Encoded choose(Request const& request, Asset const& asset)
{
    auto const field = request.headers.find("Accept-Encoding").value_or("");
    if (!asset.brotli.empty() && accepts(field, "br"))
        return {asset.brotli, "br"};
    if (!asset.gzip.empty() && accepts(field, "gzip"))
        return {asset.gzip, "gzip"};
    return {asset.identity, {}};
}

}  // namespace

Response asset_response(Request const& request, Asset const& asset)
{
    auto const encoded = choose(request, asset);
    auto const etag =
        '"' + std::string{asset.etag.substr(0, 32)} + (encoded.coding.empty() ? "" : "-") + std::string{encoded.coding} + '"';
    auto const selected = select_range(request, {{encoded.bytes.size()}, etag});
    auto response = Response{};
    if (auto const* answer = std::get_if<Response>(&selected); answer != nullptr && answer->status == 304)
        response.status = 304;
    else
        response.body = StaticBody{encoded.bytes};
    response.headers.set("Content-Type", asset.media_type).set("ETag", etag).set("Vary", "Accept-Encoding");
    response.headers.set("Cache-Control", asset.is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (!encoded.coding.empty())
        response.headers.set("Content-Encoding", encoded.coding);
    return response;
}

}  // namespace fleeting::http
