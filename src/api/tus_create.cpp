// POST …/files makes an upload; with a body it stores it too (tus 1.0.0: Creation, Creation With Upload, Creation Defer Length,
// Concatenation).

#include "api/body_source.hpp"
#include "api/tus_headers.hpp"
#include "api/uploads.hpp"

namespace fleeting::api {

Task<http::Response> tus_create(ApiContext const& context, http::Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    auto const address = upload_address(context, admission, {});
    CO_TRY(auto creation, creation_of(request, address.substr(0, address.rfind('/') + 1)));
    auto const brings_bytes = request.body().length() != ByteCount{0};
    if (brings_bytes && !creation.parts.empty())
        co_return fail_field(Errc::invalid_request, "Upload-Concat", "a final upload has no bytes of its own");
    if (brings_bytes && !has_offset_body(request))
        co_return wrong_content_type("application/offset+octet-stream");

    auto& uploads = context.parts.uploads;
    auto upload = FileEntry{};
    if (!creation.parts.empty()) {
        CO_TRY(upload, co_await uploads.concatenate(admission, std::move(creation.wish), std::move(creation.parts)));
    } else if (brings_bytes) {
        auto part = AppendUpload{};
        CO_TRY(part.checksum, upload_checksum_of(request));
        auto source = BodySource{request};
        CO_TRY(upload, co_await uploads.create_with(admission, std::move(creation.wish), std::move(part), source));
    } else {
        CO_TRY(upload, co_await uploads.create(admission, std::move(creation.wish)));
    }
    auto response = http::Response{};
    response.status = 201;
    response.headers.set("Location", upload_address(context, admission, upload.id));
    describe_upload(response, upload, admission.room.expires_at);
    co_return response;
}

}  // namespace fleeting::api
