// HEAD, PATCH and DELETE of an upload (tus 1.0.0, core protocol and Termination).

#include "api/tus_verbs.hpp"

#include "api/body_source.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

Response tus_options()
{
    auto response = http::no_content();
    response.headers.set("Tus-Resumable", kTusVersion).set("Tus-Version", kTusVersion).set("Tus-Extension", kTusExtensions);
    return response;
}

}  // namespace

Task<Response> head_upload(ApiContext const& context, Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const upload, co_await context.parts.uploads.find(admission, id));
    auto response = Response{};
    describe_upload(response, upload);
    response.headers.set("Upload-Length", std::to_string(upload.size.value)).set("Cache-Control", "no-store");
    co_return response;
}

Task<Response> patch_upload(ApiContext const& context, Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    if (!has_offset_body(request))
        co_return wrong_content_type();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const offset, size_field(request, "Upload-Offset"));
    auto source = BodySource{request};
    CO_TRY(auto const upload, co_await context.parts.uploads.append(admission, id, ByteOffset{offset.value}, source));
    auto response = http::no_content();
    describe_upload(response, upload);
    co_return response;
}

Task<Response> delete_upload(ApiContext const& context, Request& request)
{
    // Without the tus field this is a plain removal; with a wrong one it's a client that means another protocol.
    if (request.headers.count("Tus-Resumable") > 0 && !speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(co_await context.parts.uploads.remove(admission, id));
    auto response = http::no_content();
    response.headers.set("Tus-Resumable", kTusVersion);
    co_return response;
}

void add_tus_routes(http::Router& router, ApiContext const& context)
{
    constexpr auto kUploads = "/api/v1/rooms/{room}/files";
    constexpr auto kUpload = "/api/v1/rooms/{room}/files/{id}";
    auto const options = [](Request&) -> Task<Response> { co_return tus_options(); };
    router.add(Method::options, kUploads, options);
    router.add(Method::options, kUpload, options);
    router.add(Method::post, kUploads, [&context](Request& request) { return create_upload(context, request); });
    router.add(Method::head, kUpload, [&context](Request& request) { return head_upload(context, request); });
    router.add(Method::patch, kUpload, [&context](Request& request) { return patch_upload(context, request); });
    router.add(Method::delete_, kUpload, [&context](Request& request) { return delete_upload(context, request); });
}

}  // namespace fleeting::api
