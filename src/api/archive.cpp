// GET …/archive.zip: the room, or a selection of it, as one ZIP. docs/protocol.md has its layout.

#include "api/api.hpp"
#include "api/body_sink.hpp"
#include "domain/sizes.hpp"
#include "http/content_disposition.hpp"
#include "http/range.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

Result<ArchiveWish> wish_of(Request const& request)
{
    auto wish = ArchiveWish{};
    for (auto const& [name, value] : request.query) {
        if ((name != "ids" && name != "at" && name != "tag") || !request.find_query(name))
            return fail_field(Errc::invalid_request, "ids", "unknown parameter, or one twice");
    }
    auto ids = request.find_query("ids").value_or("");
    auto id = std::string_view{};
    while (http::take_element(ids, id)) {
        auto const parsed = FileId::parse(id);
        if (!parsed)
            return fail_field(Errc::invalid_request, "ids", "not ids of files");
        wish.ids.push_back(*parsed);
    }
    if (request.find_query("ids") && wish.ids.empty())
        return fail_field(Errc::invalid_request, "ids", "names none");
    if (auto const at = request.find_query("at")) {
        TRY(auto const version, parse_size(*at, "at"));
        wish.at = version.value;
    }
    return wish;
}

/// The address under which these very bytes stay to be had, also when files are added to the room.
std::string fixed_address(ApiContext const& context, Request const& request, Admission const& admission, Archive const& archive)
{
    auto address = context.address("/api/v1/rooms/" + http::percent_encoded(admission.room.display_name) +
                                   "/archive.zip?at=" + std::to_string(archive.version) + "&tag=" + archive.tag);
    if (auto const ids = request.find_query("ids"))
        address += "&ids=" + std::string{*ids};
    return address;
}

Task<> write_archive(ApiContext const& context, std::shared_ptr<Archive const> archive, http::ByteRange range,
                     http::BodyWriter& writer)
{
    auto sink = BodySink{writer};
    co_return co_await context.parts.archives.send(archive, range.first, range.count, sink);
}

Response zip_response(ApiContext const& context, Request const& request, Admission const& admission,
                      std::shared_ptr<Archive const> archive)
{
    auto const representation = http::Representation{archive->layout.size(), '"' + archive->tag + '"'};
    auto selected = http::select_range(request, representation);
    if (auto* answer = std::get_if<Response>(&selected))
        return std::move(*answer);
    auto const range = std::get<http::ByteRange>(selected);
    auto response = Response{};
    http::describe_range(response, range, representation);
    response.headers.set("Content-Type", "application/zip");
    auto const write = [&context, archive, range](http::BodyWriter& writer) {
        return write_archive(context, archive, range, writer);
    };
    response.body = http::StreamBody{write, range.count, true};
    if (range.first + range.count == ByteOffset{representation.size.value})
        response.on_sent = [&takings = context.parts.takings, room = admission.room.id, archive, session = admission.session.id](
                               net::any_io_executor const& executor) { takings.record(executor, room, archive->blobs, session); };
    return response;
}

Task<Response> get_archive(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await context.admit(request, request.parameters[0]));
    CO_TRY(auto wish, wish_of(request));
    CO_TRY(auto const archive, co_await context.parts.archives.lay_out(admission, std::move(wish)));
    if (auto const tag = request.find_query("tag"); tag && *tag != archive->tag)
        co_return http::problem_response(
            {410, "archive_changed", "A file of this archive has been removed; ask for a new archive.", "tag", 0});
    auto response = zip_response(context, request, admission, archive);
    response.headers.set("Content-Location", fixed_address(context, request, admission, *archive));
    response.headers.set("Content-Disposition", http::content_disposition(admission.room.display_name + ".zip"));
    response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
    response.headers.set("Cache-Control", "private, no-store, no-transform").set("X-Robots-Tag", "noindex");
    co_return response;
}

}  // namespace

void add_archive_routes(http::Router& router, ApiContext const& context)
{
    router.add(Method::get, "/api/v1/rooms/{room}/archive.zip",
               [&context](Request& request) { return get_archive(context, request); });
}

}  // namespace fleeting::api
