// Rooms for people with nothing but curl: PUT and GET of /{room}/{file name}, a listing at /{room}/.

#include "api/api.hpp"
#include "api/body_source.hpp"
#include "api/credentials.hpp"
#include "api/digest_headers.hpp"
#include "api/downloads.hpp"
#include "api/draft_headers.hpp"
#include "api/human_size.hpp"
#include "api/problems.hpp"
#include "api/uploads.hpp"
#include "domain/names.hpp"
#include "http/range.hpp"
#include "http/structured_fields.hpp"
#include "http/text.hpp"

namespace fleeting::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

std::string padded(std::string text, std::size_t width)
{
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// The room a path names. One that can't be a room's is an address that doesn't exist, not a locked door.
Task<Admission> admit_plain(ApiContext const& context, Request& request)
{
    if (!parse_room_name(request.parameters[0]))
        co_return fail(Errc::not_found, "no room can have that name");
    co_return co_await context.admit(request, request.parameters[0]);
}

/// The file of the name that the path ends with.
Task<FileEntry> find_named(ApiContext const& context, Request const& request, RoomId room)
{
    CO_TRY(auto name, parse_file_name(request.parameters[1]));
    co_return co_await context.parts.store.find_file_by_name(room, std::move(name), context.parts.clock.now());
}

/// The answer to a request whose preconditions don't hold for the file that was found, or for there being none.
Result<std::optional<Response>> judge_change(Request const& request, Result<FileEntry> const& file)
{
    if (!file && file.error().code != Errc::not_found)
        return fail(file.error());
    return http::refuse_change(request, file ? std::optional{etag_of(*file)} : std::nullopt);
}

Task<Response> put_file(ApiContext const& context, Request& request)
{
    CO_TRY(auto admission, co_await admit_plain(context, request));
    if (request.headers.count("If-Match") + request.headers.count("If-None-Match") > 0) {
        CO_TRY(auto refused, judge_change(request, co_await find_named(context, request, admission.room.id)));
        if (refused)
            co_return *std::move(refused);
    }
    if (speaks_draft(request))
        co_return co_await draft_create(context, request, std::move(admission), request.parameters[1]);
    auto wish = CreateUpload{.name = request.parameters[1],
                             .media_type = std::string{request.headers.find("Content-Type").value_or("")},
                             .length = request.body().length()};
    CO_TRY(wish.sha256, repr_digest_of(request));
    auto part = AppendUpload{.wants_sha256 = wants_sha256(request)};
    CO_TRY(part.checksum, content_digest_of(request));
    auto source = BodySource{request};
    auto const stored = co_await context.parts.uploads.put(admission, std::move(wish), std::move(part), source);
    if (!stored && stored.error().code == Errc::checksum_mismatch)
        co_return draft_problem(stored.error(), {}, {});  // its status is HTTP's, not tus's
    CO_TRY(auto const file, stored);
    auto const path = "/" + http::percent_encoded(admission.room.display_name) + "/" + http::percent_encoded(file.name, "/");
    auto response = http::text_response(201, file.name + "  " + human_size(file.size) +
                                                 (file.sha256 ? "  sha256 " + file.sha256->hex() : "") + "\n");
    response.headers.set("Location", context.address(path));
    if (file.sha256)
        response.headers.set("Repr-Digest", "sha-256=" + http::to_sf_bytes(file.sha256->bytes()));
    co_return response;
}

Task<Response> get_file(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await admit_plain(context, request));
    CO_TRY(auto name, parse_file_name(request.parameters[1]));
    CO_TRY(auto const download, co_await context.parts.downloads.open(admission, std::move(name)));
    co_return file_response(context, request, download);
}

Task<Response> delete_file(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await admit_plain(context, request));
    auto const found = co_await find_named(context, request, admission.room.id);
    CO_TRY(auto refused, judge_change(request, found));
    if (refused)
        co_return *std::move(refused);
    CO_TRY(auto const file, found);
    CO_TRY(co_await context.parts.uploads.remove(admission, file.id));
    co_return http::no_content();
}

std::string listing_line(FileEntry const& file)
{
    auto const size =
        file.is_complete() ? human_size(file.size) : human_size({file.offset.value}) + " of " + human_size(file.size);
    auto const* const note = file.is_being_checked()      ? "  being checked for viruses"
                             : file.scan == Scan::skipped ? "  not checked for viruses"
                                                          : "";
    return padded(size, 20) + "  " + file.name + "  (" + file.uploader + ")" + note + "\n";
}

Task<Response> list_files(ApiContext const& context, Request& request)
{
    CO_TRY(auto const admission, co_await admit_plain(context, request));
    auto const now = context.parts.clock.now();
    CO_TRY(auto const files, co_await context.parts.uploads.list(admission.room.id));
    auto const left = std::chrono::ceil<std::chrono::minutes>(admission.room.expires_at - now).count();
    auto text = admission.room.display_name + ", " + std::to_string(files.size()) + (files.size() == 1 ? " file" : " files") +
                ", closes in " + std::to_string(left) + " min\n";
    for (auto const& file : files)
        text += listing_line(file);
    co_return http::text_response(200, std::move(text));
}

/// Asks for a password where none was given, so that curl and wget know what to send.
Task<Response> asking_for_password(ApiContext const& context, Request& request,
                                   Task<Response> (*handler)(ApiContext const&, Request&))
{
    auto answered = co_await handler(context, request);
    if (answered || (answered.error().code != Errc::no_session && answered.error().code != Errc::not_admitted))
        co_return answered;
    auto response = to_response(answered.error());
    response.headers.set("WWW-Authenticate", "Basic realm=\"room\", charset=\"UTF-8\"");
    co_return response;
}

}  // namespace

Task<Response> list_room_as_text(ApiContext const& context, Request& request)
{
    return asking_for_password(context, request, list_files);
}

void add_plain_routes(http::Router& router, ApiContext const& context)
{
    constexpr auto kFile = "/{room}/{name*}";
    router.add(Method::put, kFile, [&context](Request& request) { return asking_for_password(context, request, put_file); });
    router.add(Method::get, kFile, [&context](Request& request) { return asking_for_password(context, request, get_file); });
    router.add(Method::delete_, kFile,
               [&context](Request& request) { return asking_for_password(context, request, delete_file); });
}

}  // namespace fleeting::api
