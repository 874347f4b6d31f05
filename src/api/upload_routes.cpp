#include "api/draft_headers.hpp"
#include "api/tus_headers.hpp"
#include "api/uploads.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

/// What both dialects let a client find out beforehand.
Response upload_options(ApiContext const& context)
{
    auto const limit = context.parts.rooms.limits().file_size;
    auto response = http::no_content();
    describe_tus(response, limit);
    response.headers.set("Accept-Patch", "application/partial-upload, application/offset+octet-stream");
    response.headers.set("Upload-Limit", "max-size=" + std::to_string(limit.value));
    return response;
}

Task<Response> create(ApiContext const& context, Request& request)
{
    if (!speaks_draft(request))
        co_return co_await tus_create(context, request);
    CO_TRY(auto admission, co_await context.admit(request, request.parameters[0]));
    co_return co_await draft_create(context, request, std::move(admission), {});
}

Task<Response> get_options(ApiContext const& context)
{
    co_return upload_options(context);
}

Task<Response> remove(ApiContext const& context, Request& request)
{
    // Without the tus field this is a plain removal; with a wrong one it's a client that means another protocol.
    if (request.headers.count("Tus-Resumable") > 0 && !speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(co_await context.parts.uploads.remove(admission, id));
    co_return http::no_content();
}

}  // namespace

std::string upload_address(ApiContext const& context, Admission const& admission, FileId id)
{
    return context.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) + "/files/" + id.hex());
}

void add_upload_routes(http::Router& router, ApiContext const& context)
{
    constexpr auto kUploads = "/api/v1/rooms/{room}/files";
    constexpr auto kUpload = "/api/v1/rooms/{room}/files/{id}";
    auto const options = [&context](Request&) { return get_options(context); };
    router.add(Method::options, kUploads, options);
    router.add(Method::options, kUpload, options);
    router.add(Method::post, kUploads, [&context](Request& request) { return create(context, request); });
    router.add(Method::head, kUpload, [&context](Request& request) {
        // The draft asks for no field of its own here; tus does.
        return request.headers.count("Tus-Resumable") > 0 ? tus_head(context, request) : draft_head(context, request);
    });
    router.add(Method::patch, kUpload, [&context](Request& request) {
        return speaks_draft(request) ? draft_patch(context, request) : tus_patch(context, request);
    });
    router.add(Method::delete_, kUpload, [&context](Request& request) { return remove(context, request); });
}

}  // namespace fleeting::api
