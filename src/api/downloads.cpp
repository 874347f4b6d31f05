#include "api/downloads.hpp"

#include "api/api.hpp"
#include "api/body_sink.hpp"
#include "api/credentials.hpp"
#include "http/content_disposition.hpp"
#include "http/range.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

Task<Response> download_by_link(ApiContext const& context, Request& request)
{
    auto const e = request.find_query("e");
    auto const k = request.find_query("k");
    auto const s = request.find_query("s");
    if (!e || !k || !s || request.query.size() != 3)
        co_return fail(Errc::link_invalid, "parameters");
    CO_TRY(auto const link, parse_link(request.parameters[0], *e, *k, *s));
    CO_TRY(auto const download, co_await context.parts.downloads.open_link(link, bearers_of(request)));
    request.cut_at(download.cutoff);
    co_return file_response(context, request, download);
}

Task<> write_read(std::shared_ptr<LinkedFile const> file, http::ByteRange range, http::BodyWriter& writer)
{
    auto sink = BodySink{writer};
    co_return co_await sink.send(*file->reader, range.first, range.count);
}

/// The bytes of a complete file.
http::Body body_of(std::shared_ptr<LinkedFile const> const& file, http::ByteRange range)
{
    if (auto const part = file->reader->part_at(range.first); part && part->count >= range.count)
        return http::FileBody{file->reader, part->descriptor, part->from, range.count};
    auto const write = [file, range](http::BodyWriter& writer) { return write_read(file, range, writer); };
    return http::StreamBody{write, range.count};
}

Task<> write_behind(ApiContext const& context, std::shared_ptr<LinkedFile const> file, ByteOffset first,
                    std::optional<ByteOffset> end, http::BodyWriter& writer)
{
    auto sink = BodySink{writer};
    co_return co_await context.parts.downloads.send_behind(file, first, end, sink);
}

/// The bytes of a file that is still going up, as they come.
http::StreamBody body_behind(ApiContext const& context, std::shared_ptr<LinkedFile const> const& file, http::ByteRange range)
{
    auto const is_bounded = file->file.length_known;
    auto const end = is_bounded ? std::optional{range.first + range.count} : std::nullopt;
    auto const write = [&context, file, first = range.first, end](http::BodyWriter& writer) {
        return write_behind(context, file, first, end, writer);
    };
    return {write, is_bounded ? std::optional{range.count} : std::nullopt};
}

/// What is to be done once all was sent; nothing where it is known that the member has the file.
http::OnSent taking_of(ApiContext const& context, Download const& download)
{
    auto& takings = context.parts.takings;
    auto const& entry = download.file->file;
    if (takings.is_known(entry.blob, download.session))
        return nullptr;
    return [&takings, room = entry.room_id, blob = entry.blob, session = download.session](net::any_io_executor const& executor) {
        takings.record(executor, room, {blob}, session);
    };
}

Task<Response> redirect_to_link(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto const id, FileId::parse(request.parameters[1]));
    auto& downloads = context.parts.downloads;
    CO_TRY(auto const download, co_await downloads.open(admission, id));
    auto response = Response{};
    response.status = 302;
    response.headers.set("Cache-Control", "no-store");
    if (auto const direct = downloads.direct_link(*download.file, http::content_disposition(download.file->file.name))) {
        // Whether it is followed to its end nobody tells this server.
        response.on_sent = taking_of(context, download);
        response.headers.set("Location", *direct);
        co_return response;
    }
    CO_TRY(auto const path, downloads.sign(*download.file, binding_of(request, admission)));
    response.headers.set("Location", context.address(path));
    co_return response;
}

}  // namespace

Response bytes_response(ApiContext const& context, Request const& request, Download const& download, Presentation const& shown)
{
    auto const& file = download.file;
    auto const representation = http::Representation{file->file.size, file->etag};
    // No part can be asked of what nobody knows the length of.
    auto const is_open = file->growth && !file->file.length_known;
    auto selected =
        is_open ? std::variant<http::ByteRange, Response>{http::ByteRange{}} : http::select_range(request, representation);
    auto response = Response{};
    if (auto* answer = std::get_if<Response>(&selected)) {
        response = std::move(*answer);
    } else {
        auto const& range = std::get<http::ByteRange>(selected);
        http::describe_range(response, range, representation);
        response.body = file->growth ? body_behind(context, file, range) : body_of(file, range);
        response.headers.set("Content-Type", shown.media_type).set("Content-Disposition", shown.disposition);
        if (shown.is_taking && (is_open || range.first + range.count == ByteOffset{file->file.size.value}))
            response.on_sent = taking_of(context, download);
        if (!file->repr_digest.empty())
            response.headers.set("Repr-Digest", file->repr_digest);
    }
    response.cutoff = file->gone;
    response.headers.set("Content-Security-Policy", shown.policy);
    response.headers.set("Cache-Control", "private, no-store, no-transform");
    return response;
}

Response file_response(ApiContext const& context, Request const& request, Download const& download)
{
    auto const attached = Presentation{"application/octet-stream", http::content_disposition(download.file->file.name),
                                       "sandbox; default-src 'none'"};
    return bytes_response(context, request, download, attached);
}

void add_download_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/files/{id}/content",
               [&context](Request& request) { return redirect_to_link(context, request); });
    router.add(Method::get, "/d/{file}", [&context](Request& request) { return download_by_link(context, request); });
}

}  // namespace fleeting::api
