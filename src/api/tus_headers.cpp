#include "api/tus_headers.hpp"

#include "domain/sizes.hpp"

namespace fleeting::api {

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

http::Response wrong_content_type()
{
    return http::problem_response(
        {415, "unsupported_media_type", "Send Content-Type: application/offset+octet-stream.", "Content-Type", 0});
}

Result<CreateUpload> creation_of(http::Request const& request)
{
    TRY(auto const metadata, parse_upload_metadata(request.headers.find("Upload-Metadata").value_or("")));
    auto wish = CreateUpload{};
    TRY(wish.length, size_field(request, "Upload-Length"));
    auto const value_of = [&](std::string_view key) {
        auto const found = metadata.find(key);
        return found == metadata.end() || found->second == "null" ? std::string{} : found->second;
    };
    // Uppy tells the folder apart from the name.
    wish.name = value_of("relativePath").empty() ? value_of("filename") : value_of("relativePath");
    wish.media_type = value_of("filetype");
    return wish;
}

void describe_upload(http::Response& response, FileEntry const& upload)
{
    response.headers.set("Tus-Resumable", kTusVersion).set("Upload-Offset", std::to_string(upload.offset.value));
}

}  // namespace fleeting::api
