// GET …/files/{id}/preview: a file as something to look at in the room's page. docs/protocol.md says why it may be.

#include "api/downloads.hpp"
#include "http/content_disposition.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

// A browser shows a picture or a text in a document of its own making: that one loads the same address and has a style.
constexpr auto kShownPolicy =
    std::string_view{"sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"};
// A sandbox keeps plugins from running, and a PDF viewer may count as one. None runs a PDF's script as one of this site.
constexpr auto kPdfPolicy = std::string_view{
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"};

Task<Response> preview(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    CO_TRY(auto const download, co_await context.parts.downloads.open(admission, id));
    CO_TRY(auto const type, co_await context.parts.previews.type_of(download.file));
    auto const shown = Presentation{type, http::content_disposition(download.file->file.name, "inline"),
                                    type == "application/pdf" ? kPdfPolicy : kShownPolicy, false};
    co_return bytes_response(context, request, download, shown);
}

}  // namespace

void add_preview_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/files/{id}/preview",
               [&context](Request& request) { return preview(context, request); });
}

}  // namespace fleeting::api
