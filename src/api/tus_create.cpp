// POST …/files makes an upload; with a body it stores it too (tus 1.0.0, Creation and Creation With Upload).

#include "api/api.hpp"
#include "api/body_source.hpp"
#include "api/tus_verbs.hpp"

#include "http/text.hpp"

namespace fleeting::api {

Task<http::Response> create_upload(ApiContext const& context, http::Request& request)
{
    if (!speaks_tus(request))
        co_return version_mismatch();
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto wish, creation_of(request));
    auto const brings_bytes = request.body().length() != ByteCount{0};
    if (brings_bytes && !has_offset_body(request))
        co_return wrong_content_type();
    CO_TRY(auto upload, co_await context.parts.uploads.create(admission, std::move(wish)));
    auto response = http::Response{};
    response.status = 201;
    response.headers.set("Location", context.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) +
                                                     "/files/" + upload.id.hex()));
    if (brings_bytes && !upload.is_complete()) {
        auto source = BodySource{request};
        auto stored = co_await context.parts.uploads.append(admission, upload.id, upload.offset, source);
        // The upload exists whatever became of its first bytes; HEAD tells how many of them did.
        if (stored)
            upload = *std::move(stored);
        else if (stored.error().code != Errc::body_truncated)
            co_return fail(stored.error());
    }
    describe_upload(response, upload);
    co_return response;
}

}  // namespace fleeting::api
