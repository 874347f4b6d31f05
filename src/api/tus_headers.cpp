#include "api/tus_headers.hpp"

#include "api/digest_headers.hpp"
#include "base/base64.hpp"
#include "domain/sizes.hpp"
#include "http/date.hpp"
#include "http/text.hpp"

#include <charconv>

namespace fleeting::api {
namespace {

constexpr auto kExtensions = "creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination";
constexpr auto kChecksums = "sha1,sha256,crc32";
constexpr auto kMostParts = std::size_t{1000};

std::optional<Instant> modified_at_of(std::string_view milliseconds)
{
    auto value = std::int64_t{0};
    auto const [end, error] = std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), value);
    constexpr auto kYear9999 = std::int64_t{253'402'300'799'000};
    if (error != std::errc{} || end != milliseconds.data() + milliseconds.size() || value < 0 || value > kYear9999)
        return std::nullopt;
    return Instant{Milliseconds{value}};
}

Result<> take_length(http::Request const& request, CreateUpload& wish)
{
    if (request.headers.count("Upload-Defer-Length") > 0) {
        if (request.headers.find("Upload-Defer-Length") != "1" || request.headers.count("Upload-Length") > 0)
            return fail_field(Errc::invalid_request, "Upload-Defer-Length", "not 1, or beside a length");
        return {};
    }
    TRY(wish.length, size_field(request, "Upload-Length"));
    return {};
}

/// The id in one address of `Upload-Concat`. Only our own address of an upload of this room will do: no other host, no way
/// around it.
Result<FileId> part_of(std::string_view url, http::Request const& request, std::string_view address)
{
    for (auto const scheme : {std::string_view{"http://"}, std::string_view{"https://"}}) {
        if (!http::starts_with_ignoring_case(url, scheme))
            continue;
        url.remove_prefix(scheme.size());
        auto const host = url.substr(0, url.find('/'));
        if (!http::equal_ignoring_case(host, request.host))
            return fail(Errc::invalid_request, "another host");
        url.remove_prefix(host.size());
        break;
    }
    if (!url.starts_with(address))
        return fail(Errc::invalid_request, "not an upload of this room");
    return FileId::parse(url.substr(address.size()));
}

Result<std::vector<FileId>> parts_of(std::string_view urls, http::Request const& request, std::string_view address)
{
    auto ids = std::vector<FileId>{};
    auto url = std::string_view{};
    while (http::take_element(urls, url, ' ')) {
        if (url.empty())
            continue;
        auto const id = part_of(url, request, address);
        if (!id || ids.size() == kMostParts)
            return fail_field(Errc::invalid_request, "Upload-Concat", "not uploads of this room");
        ids.push_back(*id);
    }
    return ids;
}

}  // namespace

bool speaks_tus(http::Request const& request)
{
    return request.headers.find("Tus-Resumable") == kTusVersion;
}

http::Response version_mismatch()
{
    auto response =
        http::problem_response({412, "tus_version", "This server speaks tus 1.0.0: send Tus-Resumable: 1.0.0.", {}, 0});
    response.headers.set("Tus-Version", kTusVersion);
    return response;
}

void describe_tus(http::Response& response, ByteCount max_size)
{
    response.headers.set("Tus-Resumable", kTusVersion).set("Tus-Version", kTusVersion).set("Tus-Extension", kExtensions);
    response.headers.set("Tus-Checksum-Algorithm", kChecksums).set("Tus-Max-Size", std::to_string(max_size.value));
}

Result<ByteCount> size_field(http::Request const& request, std::string_view name)
{
    auto const text = request.headers.find(name);
    if (!text)
        return fail_field(Errc::invalid_request, std::string{name}, "missing");
    return parse_size(*text, std::string{name});
}

bool has_offset_body(http::Request const& request)
{
    return request.headers.find("Content-Type") == "application/offset+octet-stream";
}

http::Response wrong_content_type(std::string_view wanted)
{
    auto response = http::problem_response(
        {415, "unsupported_media_type", "The body's media type must be the one that Accept-Patch names.", "Content-Type", 0});
    response.headers.set("Accept-Patch", wanted);
    return response;
}

Result<std::optional<StatedChecksum>> upload_checksum_of(http::Request const& request)
{
    constexpr auto kField = "Upload-Checksum";
    auto const field = request.headers.find(kField);
    if (!field)
        return request.headers.count(kField) == 0 ? content_digest_of(request)
                                                  : fail_field(Errc::invalid_request, kField, "twice");
    auto const space = field->find(' ');
    auto const name = field->substr(0, space);
    auto const kind = checksum_kind_of(name);
    auto const is_told = kind && (name == "sha1" || name == "sha256" || name == "crc32");
    auto value = space == std::string_view::npos ? fail(Errc::invalid_request) : parse_base64(field->substr(space + 1));
    if (!is_told || !value || value->size() != size_of(*kind))
        return fail_field(Errc::invalid_request, kField, "no algorithm of ours, or no value of it");
    return StatedChecksum{*kind, *std::move(value)};
}

Result<> take_metadata(http::Request const& request, CreateUpload& wish)
{
    wish.metadata = request.headers.find("Upload-Metadata").value_or("");
    TRY(auto const metadata, parse_upload_metadata(wish.metadata));
    auto const text_of = [&](std::string_view key) {
        auto const found = metadata.find(key);
        return found == metadata.end() ? std::string{} : found->second;
    };
    // Uppy says "null" of what a file doesn't have. A name it always has, and that may be one.
    auto const value_of = [&](std::string_view key) {
        auto const text = text_of(key);
        return text == "null" ? std::string{} : text;
    };
    // Uppy tells the folder apart from the name.
    wish.name = value_of("relativePath").empty() ? text_of("filename") : value_of("relativePath");
    if (wish.name.empty())
        wish.name = text_of("name");
    wish.media_type = value_of("filetype").empty() ? value_of("type") : value_of("filetype");
    wish.modified_at = modified_at_of(value_of("lastModified"));
    if (auto const hex = value_of("sha256"); !hex.empty()) {
        auto const digest = Sha256::parse(hex);
        if (!digest)
            return fail_field(Errc::invalid_request, "Upload-Metadata", "sha256 isn't 64 lower-case hex digits");
        wish.sha256 = *digest;
    }
    return {};
}

Result<TusCreation> creation_of(http::Request const& request, std::string_view address)
{
    constexpr auto kFinal = std::string_view{"final;"};
    auto creation = TusCreation{};
    TRY(take_metadata(request, creation.wish));
    auto const concat = request.headers.find("Upload-Concat");
    if (concat && concat->starts_with(kFinal)) {
        if (request.headers.count("Upload-Length") > 0)
            return fail_field(Errc::invalid_request, "Upload-Length", "a final upload has its parts' length");
        TRY(creation.parts, parts_of(concat->substr(kFinal.size()), request, address));
        if (creation.parts.empty())
            return fail_field(Errc::invalid_request, "Upload-Concat", "names no upload");
        return creation;
    }
    if (request.headers.count("Upload-Concat") > 0 && concat != "partial")
        return fail_field(Errc::invalid_request, "Upload-Concat", "neither partial nor final");
    creation.wish.is_partial = concat.has_value();
    TRY(take_length(request, creation.wish));
    return creation;
}

void describe_upload(http::Response& response, FileEntry const& upload, Instant expires_at)
{
    response.headers.set("Upload-Offset", std::to_string(upload.offset.value));
    if (!upload.is_complete())
        response.headers.set("Upload-Expires", http::to_http_date(expires_at));
}

void describe_whole_upload(http::Response& response, FileEntry const& upload, std::string const& address)
{
    if (upload.length_known)
        response.headers.set("Upload-Length", std::to_string(upload.size.value));
    else
        response.headers.set("Upload-Defer-Length", "1");
    if (!upload.metadata.empty())
        response.headers.set("Upload-Metadata", upload.metadata);
    if (upload.is_partial)
        response.headers.set("Upload-Concat", "partial");
    if (upload.concatenated_from.empty())
        return;
    auto ids = std::string_view{upload.concatenated_from};
    auto id = std::string_view{};
    auto urls = std::string{"final;"};
    while (http::take_element(ids, id, ' '))
        ((urls += urls.back() == ';' ? "" : " ") += address) += id;
    response.headers.set("Upload-Concat", urls);
}

}  // namespace fleeting::api
