// HEAD and PATCH of an upload (tus 1.0.0: core protocol, Checksum, Creation Defer Length).

#include "api/body_source.hpp"
#include "api/tus_headers.hpp"
#include "api/uploads.hpp"

namespace fleeting::api {

using http::Request;
using http::Response;

Task<Response> tus_head(ApiContext const& context, Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto upload, co_await context.parts.uploads.find(admission, id));
    CO_TRY(upload.metadata, co_await context.parts.store.find_metadata(id));
    auto response = Response{};
    describe_upload(response, upload, admission.room.expires_at);
    auto const address = upload_address(context, admission, id);
    describe_whole_upload(response, upload, address.substr(0, address.rfind('/') + 1));
    response.headers.set("Cache-Control", "no-store");
    co_return response;
}

Task<Response> tus_patch(ApiContext const& context, Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    if (!has_offset_body(request))
        co_return wrong_content_type("application/offset+octet-stream");
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const offset, size_field(request, "Upload-Offset"));
    auto part = AppendUpload{.offset = {offset.value}};
    CO_TRY(part.checksum, upload_checksum_of(request));
    if (request.headers.count("Upload-Length") > 0) {
        CO_TRY(part.length, size_field(request, "Upload-Length"));
    }
    auto source = BodySource{request};
    CO_TRY(auto const upload, co_await context.parts.uploads.append(admission, id, std::move(part), source));
    auto response = http::no_content();
    describe_upload(response, upload, admission.room.expires_at);
    co_return response;
}

}  // namespace fleeting::api
